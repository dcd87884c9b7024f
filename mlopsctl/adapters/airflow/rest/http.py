"""How we speak with Airflow's REST API: one connection pool, one cached token, patience, errors as sentences."""

import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlopsctl.adapters import files
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import NO_HINT, Hint

if TYPE_CHECKING:
    import httpx

# httpx's own command line, which it imports with itself, brings rich and pygments: 40 ms of CPU for nothing. httpx does
# without one that cannot be imported, and None means that (Python's import system, "The module cache").
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

SERVICE_USER = "mlopsctl"  # the service account that setup makes
READER = "airflow_api"  # the account of the pipelines, which may only look; and the connection that logs in as it
PAUSE = 0.2  # seconds between two attempts
PAGE = 1000
PAGES_AT_ONCE = 4
TOKEN_REFUSED = (401, 403)  # Airflow 3.3 says 401 of a token that is over, 403 of one signed with another secret


class Refused(MlopsctlError):
    """Airflow answered, and said no. `status` is the HTTP status."""

    def __init__(self, status: int, message: str, *, hint: Hint | str = NO_HINT) -> None:
        super().__init__(message, hint=hint, code=f"http-{status}")
        self.status = status


class AirflowHttp:
    """JSON requests under the service account. Threads may share one."""

    def __init__(
        self,
        base_url: str,
        password_file: Path,
        token_file: Path,
        *,
        patience: float = 0.8,
        trusted: Callable[[], bool] = lambda: True,
        transport: "httpx.BaseTransport | None" = None,
    ) -> None:
        """`patience`: seconds for which a GET is tried again while the API server does not answer.

        `trusted`: whether who listens there is this home's. While ours is down, anybody may take its port, and nobody
        else is to be told the password.
        """
        self.base_url = base_url
        self._password_file = password_file
        self._token_file = token_file
        self._patience = patience
        self._transport = transport
        self._lock = threading.Lock()
        self._token = ""
        self._trusted = trusted
        self._known = False

    @cached_property
    def _client(self) -> "httpx.Client":
        import ssl

        import httpx

        # trust_env: a company's HTTP_PROXY has no business between us and a server on loopback.
        # It speaks plain HTTP on this machine. Without `verify` httpx reads all the world's certificates: 50 ms of CPU.
        trusts_nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return httpx.Client(
            base_url=self.base_url, trust_env=False, timeout=30, transport=self._transport, verify=trusts_nobody
        )

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, login: bool = True) -> Any:
        """Raises Unavailable when the patience is over, Refused for an answer that is a no."""
        deadline = time.monotonic() + self._patience
        while True:
            try:
                return self.send("GET", path, params=params, login=login)
            except Unavailable:
                if time.monotonic() + PAUSE > deadline:
                    raise
            time.sleep(PAUSE)

    def pages(self, path: str, key: str, params: Mapping[str, Any] | None = None) -> list[Any]:
        """All entries of a listing, `key` in each answer; pages after the first side by side, in order."""
        from concurrent.futures import ThreadPoolExecutor

        asked = dict(params or {})
        first = self.get(path, asked | {"limit": PAGE})
        entries, total = list(first[key]), int(first["total_entries"])
        step = len(entries)  # the server may allow less than was asked for ([api] maximum_page_limit)
        if not step or step >= total:
            return entries
        with ThreadPoolExecutor(PAGES_AT_ONCE) as pool:
            rest = [asked | {"limit": step, "offset": at} for at in range(step, total, step)]
            for page in pool.map(lambda params: self.get(path, params), rest):
                entries += page[key]
        return entries

    def count(self, path: str, params: Mapping[str, Any] | None = None) -> int:
        """How many entries a listing has, without reading them."""
        return int(self.get(path, dict(params or {}) | {"limit": 0})["total_entries"])

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
        """One request; its JSON, None for an empty answer. Raises Unavailable, Refused."""
        token = self._bearer() if login else ""
        response = self._request(method, path, body, params, timeout, token)
        if login and response.status_code in TOKEN_REFUSED:
            response = self._request(method, path, body, params, timeout, self._bearer(stale=token))
        if response.status_code >= 500:
            raise Unavailable(
                f"Airflow's API server answers {response.status_code}: {_detail(response)}.",
                hint=Hint.of(
                    "status",
                    note="it names what is down; where all is well:",
                    other=(
                        "logs",
                        "api-server",
                    ),
                ),
                code="api-error",
            )
        if response.status_code >= 400:
            raise Refused(response.status_code, f"Airflow refused: {_detail(response)}.", hint=Hint.of("status"))
        return response.json() if response.content else None

    def _request(
        self, method: str, path: str, body: object, params: Mapping[str, Any] | None, timeout: float, token: str
    ) -> "httpx.Response":
        import httpx

        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            return self._client.request(
                method, path, json=body, params=params, headers=headers, timeout=httpx.Timeout(timeout, connect=5)
            )
        except httpx.TransportError as e:
            reason = str(e) or type(e).__name__
            raise Unavailable(
                f"Airflow's API server at {self.base_url} does not answer: {reason}.",
                hint=Hint.of("start"),
                code="api-unreachable",
            ) from e

    def _bearer(self, stale: str = "") -> str:
        """The cached token; a new one where there is none, or where the cached one is `stale`."""
        with self._lock:
            self._known = self._known or self._trusted()
            if not self._known:
                raise Unavailable(
                    f"Airflow's API server of this home does not listen at {self.base_url}.",
                    hint=Hint.of("start"),
                    code="api-unreachable",
                )
            self._token = self._token or self._cached()
            if not self._token or self._token == stale:
                self._token = self._login()
                files.write(self._token_file, self._token + "\n")
            return self._token

    def _cached(self) -> str:
        try:
            return self._token_file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""

    def _login(self) -> str:
        try:
            password = self._password_file.read_text(encoding="utf-8").strip()
        except FileNotFoundError as e:
            raise MlopsctlError(
                f"the password of Airflow's account {SERVICE_USER!r} is not in {self._password_file}.",
                hint=Hint.of("setup"),
            ) from e
        try:
            answer = self.send("POST", "/auth/token", {"username": SERVICE_USER, "password": password}, login=False)
        except Refused as e:
            raise MlopsctlError(
                f"Airflow does not let the account {SERVICE_USER!r} in: {e.message}",
                hint=Hint.of("setup"),
                code="login-failed",
            ) from e
        return str(answer["access_token"])


def _detail(response: "httpx.Response") -> str:
    """The reason in an error's body, in one line, without the full stop."""
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = response.text.strip()[:200] or response.reason_phrase
    if isinstance(detail, dict):
        detail = detail.get("reason") or detail.get("message") or detail
    if isinstance(detail, list):
        detail = "; ".join(str(part.get("msg", part)) if isinstance(part, dict) else str(part) for part in detail)
    return " ".join(str(detail).split()).rstrip(".")
