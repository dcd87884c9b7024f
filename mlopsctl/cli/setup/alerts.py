"""The words of `setup` about alerts. Secrets among them come by file or by variable: options can be read by all."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

import click

from mlopsctl.cli._common.secret_input import from_file
from mlopsctl.core import settings as settings_file
from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.settings import Settings

if TYPE_CHECKING:
    from mlopsctl.core.paths import Home

LONG = 16  # characters; what is longer in a path is no word but a key
WEBHOOK, SMTP = "MLOPSCTL_SETUP_ALERT_WEBHOOK", "MLOPSCTL_SETUP_ALERT_SMTP"


def read(given: dict[str, Any], before: Settings, home: "Home") -> tuple[dict[str, Any], dict[str, str]]:
    """The settings that are to change (None: not said), and the secrets that came with them. Raises UsageError."""
    from mlopsctl.operations.setup.alerts import SMTP_PASSWORD
    from mlopsctl.operations.setup.alerts import WEBHOOK as WEBHOOK_SECRET

    email, webhook = given["alert_email"], _webhook(given["alert_webhook"])
    smtp, password = _smtp(given["alert_smtp"])
    if file := given["alert_smtp_password_file"]:
        password = from_file(file, "password")
    changes = {
        "alert_email": None if email is None else settings_file.parse("alert_email", email),
        "alert_smtp": smtp,
        "alert_webhook": None if webhook is None else bool(webhook),
    }
    known = home.secret(SMTP_PASSWORD).exists() and smtp in (None, before.alert_smtp)
    _check_mail(before.changed(**changes), password, known)
    return changes, {WEBHOOK_SECRET: webhook or "", SMTP_PASSWORD: password}


def _check_mail(after: Settings, password: str, known: bool) -> None:
    """Raises UsageError where mail could not be sent. `known`: whether the home has the password for this server."""
    if after.alert_email and not after.alert_smtp:
        raise UsageError(
            "mail needs a server.",
            hint=Hint.of("setup", "--alert-email", after.alert_email[0], "--alert-smtp", "smtp://HOST:25"),
        )
    user = urlsplit(after.alert_smtp).username
    if password and not user:
        raise UsageError(
            "the mail server's password has no user.", hint=Hint.of("setup", "--alert-smtp", "smtp://USER@HOST:587")
        )
    if after.alert_email and user and not password and not known:
        raise UsageError(
            f"the password of {unquote(user)} at the mail server is not known.",
            hint=Hint.of("setup", "--alert-smtp-password-file", "FILE"),
        )


def _smtp(url: str | None) -> tuple[str | None, str]:
    """The setting, and the password that stood in a variable."""
    if not url:
        return url, ""
    password = _parts(url, SMTP).password or ""
    if password and os.environ.get(SMTP) != url:
        raise UsageError(
            "--alert-smtp holds a password, which every user of this machine could read there.",
            hint=f"give it with --alert-smtp-password-file FILE, or put the URL into the variable {SMTP}",
        )
    bare = url.replace(f":{password}@", "@", 1) if password else url
    return settings_file.parse("alert_smtp", bare), unquote(password)


def _webhook(word: str | None) -> str | None:
    """The URL, which may be in a file; None: not said; empty: no longer wanted."""
    if not word:
        return word
    url = _read(word[1:]) if word.startswith("@") else word
    parts = _parts(url, WEBHOOK)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or len(url.split()) > 1:
        raise UsageError("the webhook must be an http or https URL, without an account.", hint="https://HOST/PATH")
    open_to_all = url == word and os.environ.get(WEBHOOK) != word
    if open_to_all and (parts.query or any(len(part) >= LONG for part in parts.path.split("/"))):
        raise UsageError(
            "--alert-webhook holds what looks like a key, which every user of this machine could read there.",
            hint=f"write the URL into a file and say --alert-webhook @FILE, or put it into the variable {WEBHOOK}",
        )
    return url


def _read(name: str) -> str:
    """The URL in a file; `-` is stdin. Raises UsageError."""
    try:
        with click.open_file(str(Path(name).expanduser()), encoding="utf-8") as file:
            return from_file(file, "URL").strip()
    except OSError as e:
        raise UsageError(f"{name}: {e.strerror}.", hint=Hint.of("setup", "--alert-webhook", "@FILE")) from e


def _parts(url: str, variable: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # which is read only now
    except ValueError as e:
        raise UsageError(
            f"{variable.removeprefix('MLOPSCTL_SETUP_').lower()}: the URL cannot be read: {e}.",
            hint="scheme://user@host:port/path",
        ) from e
    return parts
