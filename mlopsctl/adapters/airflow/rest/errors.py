"""Errors of Airflow's API as MlopsctlError."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True)
class ApiHints:
    """What to do if the server does not answer, fails (5xx), rejects a request (4xx), or rejects the login."""

    unreachable: Hint
    failed: Hint
    rejected: Hint
    login: Hint


THIS_HOME = ApiHints(
    unreachable=Hint.of("start"),
    failed=Hint.of("status", note="shows what is down; if nothing is:", other=("logs", "api-server")),
    rejected=Hint.of("status"),
    login=Hint.of("setup"),
)


def raise_for_status(response: "httpx.Response", hints: ApiHints = THIS_HOME) -> None:
    """Raises Unavailable for a server error (5xx), RequestRejected for a client error (4xx), MlopsctlError for a
    redirect: what is behind it would get the login."""
    if response.status_code >= 500:
        message = f"Airflow's API server answered {response.status_code}: {reason(response)}."
        raise Unavailable(message, hint=hints.failed, code="api-error")
    if response.status_code >= 400:
        raise RequestRejected(response.status_code, reason(response), hint=hints.rejected)
    if response.status_code >= 300:
        target = str(response.headers.get("Location", "another address")).partition("?")[0]
        message = f"{response.request.url.copy_with(query=None)} redirects to {target}, instead of answering."
        raise MlopsctlError(message, hint="use the address at which Airflow's API itself answers", code="redirected")


class NotJson(MlopsctlError):
    """A server answered something else, such as the web page that some send for any address."""


def json_of(response: "httpx.Response") -> object:
    """The body. Raises NotJson."""
    try:
        return response.json()
    except ValueError as e:
        kind = str(response.headers.get("Content-Type", "no content type")).partition(";")[0]
        message = f"{response.request.url.copy_with(query=None)} answered {kind} instead of JSON."
        raise NotJson(message, hint="use the address at which Airflow's API itself answers", code="no-api") from e


def unreachable(message: str, hints: ApiHints = THIS_HOME) -> Unavailable:
    return Unavailable(message, hint=hints.unreachable, code="api-unreachable")


def reason(response: "httpx.Response") -> str:
    """The reason in the body of an error, in one line, without the full stop."""
    try:
        body = response.json()
        detail = body["detail"] or body["title"]  # Airflow 2 sends a title with each, and not always a detail
    except (ValueError, KeyError, TypeError):
        detail = response.text.strip()[:200] or response.reason_phrase
    if isinstance(detail, dict):
        detail = detail.get("reason") or detail.get("message") or detail
    if isinstance(detail, list):
        detail = "; ".join(str(part.get("msg", part)) if isinstance(part, dict) else str(part) for part in detail)
    return " ".join(str(detail).split()).rstrip(".")
