"""HTTP to Airflow's REST API: one connection pool, retries of reads, paged lists, errors as MlopsctlError."""

import logging
import sys
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mlopsctl.adapters.airflow.accounts import SERVICE_USER
from mlopsctl.adapters.airflow.rest.errors import THIS_HOME, json_of, raise_for_status, unreachable
from mlopsctl.adapters.airflow.rest.remote import RemoteServer, is_loopback
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, retry
from mlopsctl.core.states import Login

if TYPE_CHECKING:
    import ssl

    import httpx

# httpx imports its own command line, which imports rich and pygments: 40 ms of CPU for nothing. A module that is None
# here cannot be imported (Python's import system, "The module cache"), and httpx works without it.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

RETRY_EVERY = 0.2  # seconds
PAGE = 1000
PAGES_AT_ONCE = 4
BULK_TIMEOUT = 120  # seconds for a request that changes many things
STARTED = "mlopsctl.started"

logger = logging.getLogger("mlopsctl.http")


class AirflowHttp:
    """JSON requests as one account. Threads can share one."""

    def __init__(
        self,
        base_url: str,
        password_file: Path,
        token_file: Path,
        *,
        retry_for: float = 0.8,
        is_our_server: Callable[[], bool] = lambda: True,
        username: str = SERVICE_USER,
        login: Login = Login.JWT,
        remote: RemoteServer | None = None,
        transport: "httpx.BaseTransport | None" = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """`password_file`: for Login.BEARER, the file with the token. `retry_for`: seconds during which a GET is
        retried while the API server does not answer. `is_our_server`: as TokenAuth has it. `remote`: None is a server
        on this machine."""
        self.base_url = base_url
        self._password_file = password_file
        self._token_file = token_file
        self._retry_for = retry_for
        self._is_our_server = is_our_server
        self._username = username
        self._login = login
        self._remote = remote
        self._hints = remote.hints if remote else THIS_HOME
        self._transport = transport
        self._clock = clock

    @cached_property
    def with_basic_auth(self) -> "AirflowHttp":
        """The same server, but with name and password in each request: for users in Airflow 3.0."""
        return self._with_login(Login.BASIC)

    @cached_property
    def with_session(self) -> "AirflowHttp":
        """The same server, but with a session of its web page: for Airflow 2."""
        return self._with_login(Login.SESSION)

    def _with_login(self, login: Login) -> "AirflowHttp":
        """With a given token, there is no password."""
        if self._login == Login.BEARER:
            return self
        return AirflowHttp(
            self.base_url,
            self._password_file,
            self._token_file,
            retry_for=self._retry_for,
            is_our_server=self._is_our_server,
            username=self._username,
            login=login,
            remote=self._remote,
            transport=self._transport,
            clock=self._clock,
        )

    @cached_property
    def _auth(self) -> "httpx.Auth":
        from mlopsctl.adapters.airflow.rest.auth import BasicAuth, BearerAuth, SessionAuth, TokenAuth

        if self._login == Login.BEARER:
            return BearerAuth(self._password_file)
        if self._login == Login.BASIC:
            return BasicAuth(self.base_url, self._password_file, self._is_our_server, self._username)
        cached = SessionAuth if self._login == Login.SESSION else TokenAuth
        return cached(
            self.base_url, self._password_file, self._token_file, self._is_our_server, self._username, self._hints
        )

    @cached_property
    def _client(self) -> "httpx.Client":
        import httpx

        return httpx.Client(
            base_url=self.base_url,
            # HTTP_PROXY does not apply to a server on loopback
            trust_env=not is_loopback(self.base_url),
            timeout=30,
            transport=self._transport,
            verify=self._tls(),
            event_hooks={"request": [_start_timer], "response": [_log_response]},
        )

    def _tls(self) -> "ssl.SSLContext":
        """With the system's CA certificates for https only: they take 50 ms of CPU."""
        import ssl

        if urlsplit(self.base_url).scheme != "https":
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context = ssl.create_default_context()
        if self._remote and self._remote.ca:
            context.load_verify_locations(self._remote.ca)
        return context

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, login: bool = True) -> Any:
        """Raises Unavailable if the server does not answer within `retry_for`, RequestRejected."""
        return retry(
            lambda: self.send("GET", path, params=params, login=login),
            every=RETRY_EVERY,
            give_up_after=self._retry_for,
            clock=self._clock,
        )

    def pages(
        self, path: str, key: str, params: Mapping[str, Any] | None = None, number: int | None = None
    ) -> list[Any]:
        """The first `number` entries of a list (None: all), `key` in each answer, in order; pages after the first are
        fetched in parallel."""
        from concurrent.futures import ThreadPoolExecutor

        query = dict(params or {})
        first = self.get(path, query | {"limit": PAGE if number is None else min(PAGE, number)})
        entries, total = list(first[key]), int(first["total_entries"])
        total = total if number is None else min(total, number)
        step = len(entries)  # the server may allow less than PAGE ([api] maximum_page_limit)
        if not step or step >= total:
            return entries
        with ThreadPoolExecutor(PAGES_AT_ONCE) as pool:
            rest = [query | {"limit": step, "offset": at} for at in range(step, total, step)]
            for page in pool.map(lambda params: self.get(path, params), rest):
                entries += page[key]
        return entries[:total]

    def count(self, path: str, params: Mapping[str, Any] | None = None) -> int:
        """The number of entries of a list. One is read: API v1 takes the limit 0 for none."""
        return int(self.get(path, dict(params or {}) | {"limit": 1})["total_entries"])

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        params: Mapping[str, Any] | None = None,
        login: bool = True,
        timeout: float = 30,
    ) -> Any:
        """Send one request; its JSON, None for an empty answer. Raises Unavailable, RequestRejected, NotJson."""
        response = self._request(method, path, body, params=params, login=login, timeout=timeout)
        return json_of(response) if response.content else None

    def get_text(self, path: str, params: Mapping[str, Any] | None = None) -> str:
        """An answer that is plain text. Raises as get()."""

        def read() -> str:
            return self._request("GET", path, params=params, accept="text/plain").text

        return retry(read, every=RETRY_EVERY, give_up_after=self._retry_for, clock=self._clock)

    def _request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        params: Mapping[str, Any] | None = None,
        login: bool = True,
        timeout: float = 30,
        accept: str = "application/json",
    ) -> "httpx.Response":
        import httpx

        try:
            response = self._client.request(
                method,
                path,
                json=body,
                params=params,
                headers={"Accept": accept},
                auth=self._auth if login else None,
                timeout=httpx.Timeout(timeout, connect=15 if self._remote else 5),
            )
        except httpx.TransportError as e:
            cause = str(e) or type(e).__name__
            logger.debug("%s %s no answer: %s", method, path, cause)
            if "CERTIFICATE_VERIFY_FAILED" in cause and self._remote:
                raise self._remote.untrusted(self.base_url, cause) from e
            raise unreachable(f"Airflow's API server at {self.base_url} does not answer: {cause}.", self._hints) from e
        raise_for_status(response, self._hints)
        return response


def _start_timer(request: "httpx.Request") -> None:
    request.extensions[STARTED] = time.monotonic()


def _log_response(response: "httpx.Response") -> None:
    """Neither query nor body: a body can hold secrets."""
    request = response.request
    milliseconds = (time.monotonic() - request.extensions[STARTED]) * 1000
    logger.debug("%s %s %d %.0f ms", request.method, request.url.path, response.status_code, milliseconds)
