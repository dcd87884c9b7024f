"""The alert options of `setup`. Secrets are given by file or variable: all users of a machine can read options."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

import click

from mlopsctl.cli._common.secret_input import from_file
from mlopsctl.cli.setup.options import SetupOptions, parse_setting
from mlopsctl.core import settings as settings_file
from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.settings import Settings

if TYPE_CHECKING:
    from mlopsctl.core.paths import Home

KEY_LENGTH = 16  # characters from which on a part of a path is taken for a key
WEBHOOK_VARIABLE, SMTP_VARIABLE = "MLOPSCTL_SETUP_ALERT_WEBHOOK", "MLOPSCTL_SETUP_ALERT_SMTP"


def read_alerts(options: SetupOptions, current: Settings, home: "Home") -> tuple[dict[str, Any], dict[str, str]]:
    """The changed settings (None: not given), and the secrets that were given. Raises UsageError."""
    from mlopsctl.operations.setup.alerts import SMTP_PASSWORD, WEBHOOK

    email, webhook = options.alert_email, _webhook(options.alert_webhook)
    smtp, password = _smtp(options.alert_smtp)
    if options.alert_smtp_password_file:
        password = from_file(options.alert_smtp_password_file, "password")
    changed = {
        "alert_email": None if email is None else parse_setting("alert_email", email),
        "alert_smtp": smtp,
        "alert_webhook": None if webhook is None else bool(webhook),
    }
    stored = home.secret(SMTP_PASSWORD).exists() and smtp in (None, current.alert_smtp)
    _check_mail(current.changed(**changed), password, stored)
    return changed, {WEBHOOK: webhook or "", SMTP_PASSWORD: password}


def _check_mail(settings: Settings, password: str, stored: bool) -> None:
    """Raises UsageError if mail could not be sent. `stored`: the home has the password for this server."""
    if settings.alert_email and not settings.alert_smtp:
        raise UsageError(
            "--alert-email needs a mail server.",
            hint=Hint.of("setup", "--alert-email", settings.alert_email[0], "--alert-smtp", "smtp://HOST:25"),
        )
    user = urlsplit(settings.alert_smtp).username
    if password and not user:
        raise UsageError(
            "--alert-smtp names no user for the password.",
            hint=Hint.of("setup", "--alert-smtp", "smtp://USER@HOST:587"),
        )
    if settings.alert_email and user and not password and not stored:
        raise UsageError(
            f"the password of {unquote(user)} for the mail server is missing.",
            hint=Hint.of("setup", "--alert-smtp-password-file", "FILE"),
        )


def _smtp(url: str | None) -> tuple[str | None, str]:
    """The setting, and the password if the URL, which must then come from the variable, contains one."""
    if not url:
        return url, ""
    password = _split("--alert-smtp", url).password or ""
    if password and os.environ.get(SMTP_VARIABLE) != url:
        raise UsageError(
            "--alert-smtp contains a password, which all users of this machine can read on the command line.",
            hint=f"use --alert-smtp-password-file FILE, or set the variable {SMTP_VARIABLE} to the URL",
        )
    without_password = url.replace(f":{password}@", "@", 1) if password else url
    return settings_file.parse("alert_smtp", without_password), unquote(password)


def _webhook(value: str | None) -> str | None:
    """The URL, which may be in a file; None: not given; empty: no webhook."""
    if not value:
        return value
    url = _read_url(value[1:]) if value.startswith("@") else value
    parts = _split("--alert-webhook", url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or len(url.split()) > 1:
        raise UsageError("--alert-webhook must be an http or https URL without a user name.", hint="https://HOST/PATH")
    on_command_line = url == value and os.environ.get(WEBHOOK_VARIABLE) != value
    if on_command_line and (parts.query or any(len(part) >= KEY_LENGTH for part in parts.path.split("/"))):
        raise UsageError(
            "--alert-webhook seems to contain a key, which all users of this machine can read on the command line.",
            hint=f"write the URL to a file and use --alert-webhook @FILE, or set the variable {WEBHOOK_VARIABLE}",
        )
    return url


def _read_url(name: str) -> str:
    """The URL in a file; `-` is stdin. Raises UsageError."""
    try:
        with click.open_file(str(Path(name).expanduser()), encoding="utf-8") as file:
            return from_file(file, "URL").strip()
    except OSError as e:
        raise UsageError(f"{name}: {e.strerror}.", hint=Hint.of("setup", "--alert-webhook", "@FILE")) from e


def _split(option: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # parsed only when it is read
    except ValueError as e:
        raise UsageError(f"{option}: invalid URL: {e}.", hint="scheme://user@host:port/path") from e
    return parts
