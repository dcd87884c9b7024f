"""How requests to Airflow's API are authenticated. Imports httpx: import this module where a request is made."""

import base64
import re
import threading
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

import httpx

from mlopsctl.adapters import files
from mlopsctl.adapters.airflow.accounts import SERVICE_USER
from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.adapters.airflow.rest.errors import THIS_HOME, ApiHints, json_of, raise_for_status, unreachable
from mlopsctl.core.errors import MlopsctlError

LOGIN = "/auth/token"
LOGIN_PAGE = "/login/"  # of Airflow 2
CSRF_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
BASIC = "Basic "
TOKEN_REJECTED = (401, 403)  # Airflow 3.3: 401 for an expired token, 403 for one signed with another secret


class TokenAuth(httpx.Auth):
    """Sends the cached token; logs in if there is none or Airflow rejects it. Threads share one."""

    def __init__(
        self,
        base_url: str,
        password_file: Path,
        token_file: Path,
        is_our_server: Callable[[], bool],
        username: str = SERVICE_USER,
        hints: ApiHints = THIS_HOME,
    ) -> None:
        """`is_our_server`: whether the server at that address is this home's. While ours is down, another program may
        use its port, and must not get the password."""
        self._base_url = base_url
        self._password_file = password_file
        self._token_file = token_file
        self._is_our_server = is_our_server
        self._username = username
        self._hints = hints
        self._verified = False
        self._token = ""
        self._lock = threading.Lock()

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        yield from self._attempts(request)

    def _attempts(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, httpx.Response]:
        token = yield from self._valid_token(request)
        self._authorize(request, token)
        response = yield request
        if response.status_code in TOKEN_REJECTED:
            token = yield from self._valid_token(request, rejected=token)
            self._authorize(request, token)
            response = yield request
        return response

    def _authorize(self, request: httpx.Request, token: str) -> None:
        request.headers["Authorization"] = f"Bearer {token}"

    def _valid_token(self, request: httpx.Request, rejected: str = "") -> Generator[httpx.Request, httpx.Response, str]:
        """The cached token, or a new one if there is none or the cached one is the `rejected` one."""
        with self._lock:
            self._verified = self._verified or _verify(self._base_url, self._is_our_server)
            self._token = self._token or self._read_cache()
            if not self._token or self._token == rejected:
                self._token = yield from self._login(request)
                if not self._token.startswith(BASIC):
                    files.write(self._token_file, self._token + "\n")
            return self._token

    def _read_cache(self) -> str:
        try:
            return self._token_file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""

    def _login(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, str]:
        # A request made by hand has no timeout of its own.
        response = yield httpx.Request(
            "POST", f"{self._base_url}{LOGIN}", json=self._credentials(), extensions=request.extensions
        )
        response.read()
        try:
            raise_for_status(response, self._hints)
        except RequestRejected as e:
            message = f"Airflow rejected the login for {self._username!r}: {e.reason}."
            raise MlopsctlError(message, hint=self._hints.login, code="login-failed") from e
        answer = json_of(response)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not token:
            message = f"{self._base_url}{LOGIN} answered without a token."
            raise MlopsctlError(message, hint=self._hints.login, code="login-failed")
        return str(token)

    def _credentials(self) -> dict[str, str]:
        return {"username": self._username, "password": read_password(self._password_file, self._username)}


class SessionAuth(TokenAuth):
    """Sends the cookie of a session, as the web page of Airflow 2 has it. Every API v1 accepts it, unless [api]
    auth_backends says otherwise, and a request takes 0.03 s instead of 0.13 s, because no password is hashed (2.11.2).

    A server without such a login, or after too many logins (5 in 40 s), gets name and password in each request; so does
    one whose API rejects the cookie.
    """

    def _attempts(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, httpx.Response]:
        response = yield from super()._attempts(request)
        if response.status_code not in TOKEN_REJECTED or self._token.startswith(BASIC):
            return response
        del request.headers["Cookie"]
        basic = _basic(self._credentials())
        self._authorize(request, basic)
        response = yield request
        if response.status_code not in TOKEN_REJECTED:
            self._token = basic
        return response

    def _authorize(self, request: httpx.Request, token: str) -> None:
        request.headers["Authorization" if token.startswith(BASIC) else "Cookie"] = token

    def _login(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, str]:
        url, credentials = f"{self._base_url}{LOGIN_PAGE}", self._credentials()
        page = yield httpx.Request("GET", url, extensions=request.extensions)
        page.read()
        form = CSRF_TOKEN.search(page.text)
        if page.status_code != 200 or not form:
            return _basic(credentials)
        fields = {**credentials, "csrf_token": form[1]}
        answer = yield httpx.Request(
            "POST", url, data=fields, headers={"Cookie": _cookies(page)}, extensions=request.extensions
        )
        answer.read()
        if answer.status_code != 302:
            return _basic(credentials)
        if LOGIN_PAGE in answer.headers["Location"]:  # back to the page
            message = f"Airflow rejected the login for {self._username!r}: invalid name or password."
            raise MlopsctlError(message, hint=self._hints.login, code="login-failed")
        return _cookies(answer)


class BasicAuth(httpx.BasicAuth):
    """Sends name and password with each request. Airflow then hashes the password each time: 0.12 s (2.11)."""

    def __init__(self, base_url: str, password_file: Path, is_our_server: Callable[[], bool], username: str) -> None:
        """`is_our_server`: as TokenAuth has it."""
        super().__init__(username, read_password(password_file, username))
        self._base_url = base_url
        self._is_our_server = is_our_server
        self._verified = False

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        self._verified = self._verified or _verify(self._base_url, self._is_our_server)
        yield from super().sync_auth_flow(request)


class BearerAuth(httpx.Auth):
    """Sends a token that mlopsctl cannot renew."""

    def __init__(self, token_file: Path) -> None:
        self._token_file = token_file

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {files.read_secret(self._token_file)}"
        yield request


def _basic(credentials: Mapping[str, str]) -> str:
    """The header for HTTP's Basic authentication. It holds the password: it is never written to a file."""
    text = f"{credentials['username']}:{credentials['password']}"
    return BASIC + base64.b64encode(text.encode()).decode()


def _cookies(response: httpx.Response) -> str:
    return "; ".join(f"{name}={value}" for name, value in response.cookies.items())


def _verify(base_url: str, is_our_server: Callable[[], bool]) -> bool:
    if not is_our_server():
        raise unreachable(f"Airflow's API server of this home is not listening at {base_url}.")
    return True


def read_password(file: Path, username: str) -> str:
    """Raises MlopsctlError if it is missing."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError as e:
        message = f"the password of Airflow's account {username!r} is missing: {file}."
        raise MlopsctlError(message, hint=THIS_HOME.login) from e
