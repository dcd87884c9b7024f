"""Errors of Airflow's API as MlopsctlError."""

from typing import TYPE_CHECKING

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.core.errors import Unavailable
from mlopsctl.core.hint import Hint

if TYPE_CHECKING:
    import httpx


def raise_for_status(response: "httpx.Response") -> None:
    """Raises Unavailable for a server error (5xx), RequestRejected for a client error (4xx)."""
    if response.status_code >= 500:
        raise Unavailable(
            f"Airflow's API server answered {response.status_code}: {reason(response)}.",
            hint=Hint.of("status", note="shows what is down; if nothing is:", other=("logs", "api-server")),
            code="api-error",
        )
    if response.status_code >= 400:
        message = f"Airflow rejected the request: {reason(response)}."
        raise RequestRejected(response.status_code, message, hint=Hint.of("status"))


def unreachable(message: str) -> Unavailable:
    return Unavailable(message, hint=Hint.of("start"), code="api-unreachable")


def reason(response: "httpx.Response") -> str:
    """The reason in the body of an error, in one line, without the full stop."""
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = response.text.strip()[:200] or response.reason_phrase
    if isinstance(detail, dict):
        detail = detail.get("reason") or detail.get("message") or detail
    if isinstance(detail, list):
        detail = "; ".join(str(part.get("msg", part)) if isinstance(part, dict) else str(part) for part in detail)
    return " ".join(str(detail).split()).rstrip(".")
