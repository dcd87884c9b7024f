"""The HTTP API of the head, from a worker host; see operations/workers/head_api.py."""

import ssl
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.join_token import JoinToken
from mlopsctl.core.workers import JOIN, Report, Wanted

ANSWER_TIMEOUT = 30.0  # seconds
SHORT_TIMEOUT = 5.0  # for an answer to a host that is about to end
CONNECT_TIMEOUT = 5.0
REMOVED = "removed"  # the code of the error of a host that its head does not know any more


@dataclass(frozen=True)
class Answer:
    """To a report: what the host is to do, since when (in seconds since the epoch), and which revisions the head has:
    of the DAG files, and of what hosts have in common with it; empty if it does not say."""

    wanted: Wanted
    dags_revision: str
    ordered: float = 0.0
    revision: str = ""


def join(token: JoinToken, content: Mapping[str, Any]) -> dict[str, Any]:
    """Join, over TLS with the certificate of which the token has the fingerprint. The answer holds secrets; with the
    authority's certificate under `authority`.

    Raises Unavailable if the head does not answer, MlopsctlError if it is another one, or refuses.
    """
    from mlopsctl.adapters.tls.authority import fingerprint

    url = f"https://{token.address}"
    # Not checked yet: what it sends is compared with the token.
    with httpx.Client(verify=False, timeout=_timeout(ANSWER_TIMEOUT), trust_env=False) as client:  # noqa: S501
        pem = _sent(client, "GET", f"{url}/authority", extensions={"sni_hostname": JOIN}).content
    try:
        genuine = fingerprint(pem) == token.fingerprint
    except ValueError:
        genuine = False
    if not genuine:
        hint = Hint.on_head("worker", "token", note="if the new token does not work either, somebody intervenes")
        raise MlopsctlError(f"{token.address} is not the head of this token.", hint=hint, code="foreign-head")
    context = ssl.create_default_context(cadata=pem.decode("ascii"))
    with httpx.Client(verify=context, timeout=_timeout(ANSWER_TIMEOUT), trust_env=False) as client:
        sent = dict(content) | {"secret": token.secret}
        answer = _sent(client, "POST", f"{url}/join", json=sent, extensions={"sni_hostname": JOIN})
    return _object(answer) | {"authority": pem.decode("ascii")}


@dataclass(frozen=True)
class HeadClient:
    """For a host that has joined, through the tunnel on its own loopback. `token`: its own."""

    port: int
    token: str = field(repr=False)
    answer_timeout: float = ANSWER_TIMEOUT
    _http: httpx.Client = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """One connection for all requests: to open another one costs both hosts a TLS handshake of their tunnels. The
        client itself needs no certificates: 6 MiB."""
        url, timeout = f"http://127.0.0.1:{self.port}", _timeout(self.answer_timeout)
        http = httpx.Client(base_url=url, timeout=timeout, trust_env=False, verify=False)  # noqa: S501
        object.__setattr__(self, "_http", http)

    def report(self, report: Report) -> Answer:
        """Raises Unavailable, MlopsctlError."""
        content = _object(self._send("POST", "/report", json=asdict(report)))
        try:
            wanted, ordered = Wanted(content["wanted"]), content["ordered"]
            return Answer(wanted, content["dags_revision"], ordered, content.get("revision", ""))
        except (KeyError, ValueError) as e:
            hint = "install the same mlopsctl on this host and on the head, and restart the services of both"
            message = f"the head has another version of mlopsctl: its answer to a report is not known here: {e!r}."
            raise MlopsctlError(message, hint=hint, code="version") from e

    def shared(self) -> dict[str, Any]:
        """What hosts have in common with the head. Raises as report() does."""
        return _object(self._send("GET", "/shared"))

    def dags(self) -> tuple[str, bytes]:
        """The revision of the DAG files, and their archive. Raises as report() does."""
        answer = self._send("GET", "/dags")
        return answer.headers["ETag"], answer.content

    def revision(self) -> str:
        """The revision of the DAG files. Raises as report() does."""
        return self._send("HEAD", "/dags").headers["ETag"]

    def send_log(self, path: str, offset: int, content: bytes) -> int:
        """Add to the log of a task. The size that it has on the head. Raises as report() does."""
        answer = self._send("POST", f"/logs/{quote(path)}", params={"offset": offset}, content=content)
        return int(_object(answer)["size"])

    def renew(self, request: bytes) -> bytes:
        """A new certificate for a certificate signing request. Raises as report() does."""
        answer = _object(self._send("POST", "/certificate", json={"request": request.decode("ascii")}))
        return str(answer["certificate"]).encode("ascii")

    def leave(self) -> None:
        """Be removed from the platform. Raises as report() does."""
        self._send("POST", "/leave")

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return _sent(self._http, method, path, headers=headers, **options)


def _timeout(answer: float) -> httpx.Timeout:
    return httpx.Timeout(answer, connect=CONNECT_TIMEOUT)


def _sent(client: httpx.Client, method: str, url: str, **options: Any) -> httpx.Response:
    """Raises Unavailable, MlopsctlError with the head's own words."""
    try:
        answer = client.request(method, url, **options)
    except (httpx.TransportError, httpx.InvalidURL) as e:
        head = "" if client.base_url.host else f" {httpx.URL(url).netloc.decode()}"  # or through the tunnel
        reason = str(e).rstrip(".") or type(e).__name__
        raise Unavailable(
            f"the head{head} does not answer: {reason}.",
            hint=Hint.on_head("status", note="a firewall must let this host through"),
            code="no-head",
        ) from e
    if answer.is_success:
        return answer
    if answer.status_code == 401:
        hint = Hint.of("uninstall", "--purge").followed_by("worker", "join", "TOKEN")
        raise MlopsctlError("this host was removed from its platform.", hint=hint, code=REMOVED)
    content = _refusal(answer)
    hint = Hint(note=content["hint"]) if content.get("hint") else Hint.on_head("logs", "worker-api")
    message = content.get("message", f"the head refused {method} {answer.url.path}: {answer.status_code}.")
    raise MlopsctlError(message, hint=hint, code=content.get("code", "head"))


def _refusal(answer: httpx.Response) -> dict[str, str]:
    try:
        content = answer.json()
    except ValueError:
        return {}
    return {key: str(value) for key, value in content.items()} if isinstance(content, dict) else {}


def _object(answer: httpx.Response) -> dict[str, Any]:
    content: dict[str, Any] = answer.json()
    return content
