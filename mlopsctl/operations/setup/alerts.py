"""Alerts about failed DAGs, by mail and webhook: Airflow's connections and variable for them.

Whoever knows the path of a webhook can often post to it. Therefore the URL is a secret of the home, and Airflow stores
it in two parts: scheme and host as the connection's host, the path as its password, which is encrypted and masked in
logs.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.settings import Settings
from mlopsctl.operations.setup.request import SetupRequest

WEBHOOK, SMTP_PASSWORD = "alert-webhook", "alert-smtp-password"  # file names in secrets/
TIMEOUT = 10  # seconds; Airflow's default of 30 would block a worker for longer if a mail server does not respond
OPTIONS = {WEBHOOK: ("--alert-webhook", "@FILE"), SMTP_PASSWORD: ("--alert-smtp-password-file", "FILE")}


def connections(request: SetupRequest) -> dict[str, dict[str, Any] | None]:
    """Connection id → fields of Airflow's Connection; None if the connection is to be deleted.

    Raises MlopsctlError if a secret is missing.
    """
    settings = request.platform.settings
    return {
        "alert_webhook": _webhook(_secret(request, WEBHOOK)) if settings.alert_webhook else None,
        "smtp_default": _mail(request) if settings.alert_email else None,
    }


def variables(request: SetupRequest) -> dict[str, str | None]:
    """Key → value; None if the variable is to be deleted."""
    return {"ALERT_EMAIL": ",".join(request.platform.settings.alert_email) or None}


def unused_secrets(settings: Settings) -> list[str]:
    """The names of the secrets that these settings do not need."""
    used = {WEBHOOK: settings.alert_webhook, SMTP_PASSWORD: urlsplit(settings.alert_smtp).username}
    return [name for name, use in used.items() if not use]


def _webhook(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    host = f"{parts.scheme}://{parts.netloc}"
    return {"conn_type": "http", "host": host, "password": url.removeprefix(host).partition("#")[0]}


def _mail(request: SetupRequest) -> dict[str, Any]:
    """`smtps`: TLS from the first byte. `smtp`: STARTTLS if there is a login, or on port 587."""
    settings = request.platform.settings
    parts = urlsplit(settings.alert_smtp)
    user = unquote(parts.username or "")
    implicit_tls = parts.scheme == "smtps"
    port = parts.port or (465 if implicit_tls else 587 if user else 25)
    return {
        "conn_type": "smtp",
        "host": parts.hostname,
        "port": port,
        "login": user or None,
        "password": _secret(request, SMTP_PASSWORD) if user else None,
        "extra": {
            # Without an account, the recipient is the sender too: an address that the mail server accepts.
            "from_email": user if "@" in user else settings.alert_email[0],
            "disable_ssl": not implicit_tls,
            "disable_tls": implicit_tls or not (user or port == 587),
            "timeout": TIMEOUT,
            "retry_limit": 1,
        },
    }


def _secret(request: SetupRequest, name: str) -> str:
    """The secret that was passed to this command, or the one stored in the home."""
    if given := request.alert_secrets.get(name):
        return given
    try:
        return request.platform.home.secret(name).read_text(encoding="utf-8").strip("\r\n")
    except FileNotFoundError as e:
        raise MlopsctlError(
            f"{e.filename} does not exist.", hint=Hint.of("setup", *OPTIONS[name]), code="no-secret"
        ) from e
