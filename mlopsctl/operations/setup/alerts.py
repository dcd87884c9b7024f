"""Where DAGs tell of their failures: by mail and webhook, as connections and a variable of Airflow.

A webhook's path is often all that keeps strangers from posting there. So the URL is a secret of the home; in Airflow it
is divided: the connection's host names the place, its password (encrypted there, and masked in logs) the path.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.settings import Settings
from mlopsctl.operations.setup.request import Request

WEBHOOK, SMTP_PASSWORD = "alert-webhook", "alert-smtp-password"  # names in secrets/
TIMEOUT = 10  # seconds; a server that hangs must not hold a worker for Airflow's half minute


def connections(request: Request) -> dict[str, dict[str, Any] | None]:
    """By id, as words of Airflow's Connection; None: not wanted. Raises MlopsctlError where a secret is gone."""
    settings = request.platform.settings
    return {
        "alert_webhook": _webhook(_secret(request, WEBHOOK)) if settings.alert_webhook else None,
        "smtp_default": _mail(request) if settings.alert_email else None,
    }


def variables(request: Request) -> dict[str, str | None]:
    """By key; None: not wanted."""
    return {"ALERT_EMAIL": ",".join(request.platform.settings.alert_email) or None}


def unwanted(settings: Settings) -> list[str]:
    """The names of the secrets for which there is no use any more."""
    wanted = {WEBHOOK: settings.alert_webhook, SMTP_PASSWORD: urlsplit(settings.alert_smtp).username}
    return [name for name, use in wanted.items() if not use]


def _webhook(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc}"
    return {"conn_type": "http", "host": place, "password": url.removeprefix(place).partition("#")[0]}


def _mail(request: Request) -> dict[str, Any]:
    """`smtps` is TLS from the first byte. `smtp` changes to TLS (STARTTLS) where somebody logs in, and on port 587."""
    settings = request.platform.settings
    parts = urlsplit(settings.alert_smtp)
    user = unquote(parts.username or "")
    whole = parts.scheme == "smtps"
    port = parts.port or (465 if whole else 587 if user else 25)
    return {
        "conn_type": "smtp",
        "host": parts.hostname,
        "port": port,
        "login": user or None,
        "password": _secret(request, SMTP_PASSWORD) if user else None,
        "extra": {
            # Without an account of its own the mail comes from who gets it: an address that every relay here knows.
            "from_email": user if "@" in user else settings.alert_email[0],
            "disable_ssl": not whole,
            "disable_tls": whole or not (user or port == 587),
            "timeout": TIMEOUT,
            "retry_limit": 1,
        },
    }


def _secret(request: Request, name: str) -> str:
    """The one given just now, or else the one that the home keeps."""
    if given := request.alert_secrets.get(name):
        return given
    try:
        return request.platform.home.secret(name).read_text(encoding="utf-8").strip("\r\n")
    except FileNotFoundError as e:
        option = "--alert-webhook @FILE" if name == WEBHOOK else "--alert-smtp-password-file FILE"
        raise MlopsctlError(
            f"{e.filename} is not there.", hint=f"give it again: mlopsctl setup {option}", code="no-secret"
        ) from e
