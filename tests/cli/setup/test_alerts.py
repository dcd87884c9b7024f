"""The alert options of `setup`: what is accepted, and which secrets are refused on the command line."""

import io
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.cli.setup.alerts import read_alerts
from mlopsctl.core.errors import UsageError
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import Settings
from tests.cli.setup.test_options import options

SLACK = "https://hooks.example.com/services/T000/B000/abcdefghijklmnopqrstuvwx"
FILE = "alert-smtp-password"


def read(home: Path, current: Settings | None = None, **given: Any) -> tuple[dict[str, Any], dict[str, str]]:
    changed, secrets = read_alerts(options(**given), current or Settings(), Home(home))
    return {k: v for k, v in changed.items() if v is not None}, {k: v for k, v in secrets.items() if v}


def password(text: str = "p w") -> io.StringIO:
    file = io.StringIO(text)
    file.name = "file"
    return file


def test_options_that_are_not_given_change_nothing(tmp_path: Path) -> None:
    assert read(tmp_path) == ({}, {})


def test_mail(tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "alert_email": "a@x, b@x",
        "alert_smtp": "smtp://kim@relay:587",
        "alert_smtp_password_file": password(),
    }
    assert read(tmp_path, **given) == (
        {"alert_email": ("a@x", "b@x"), "alert_smtp": "smtp://kim@relay:587"}, {FILE: "p w"},
    )  # fmt: skip


def test_a_password_in_the_variable_becomes_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPSCTL_SETUP_ALERT_SMTP", "smtps://kim:p%20w@relay")
    assert read(tmp_path, alert_smtp="smtps://kim:p%20w@relay") == ({"alert_smtp": "smtps://kim@relay"}, {FILE: "p w"})


def test_mail_and_webhook_are_switched_off(tmp_path: Path) -> None:
    current = Settings(alert_email=("a@x",), alert_smtp="smtp://relay", alert_webhook=True)
    assert read(tmp_path, current, alert_email="", alert_webhook="") == (
        {"alert_email": (), "alert_webhook": False},
        {},
    )


def test_a_stored_password_is_used_only_for_its_server(tmp_path: Path) -> None:
    current = Settings(alert_email=("a@x",), alert_smtp="smtp://kim@relay")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / FILE).touch()
    assert read(tmp_path, current, alert_email="b@x") == ({"alert_email": ("b@x",)}, {})
    with pytest.raises(UsageError, match="the password of kim"):
        read(tmp_path, current, alert_smtp="smtp://kim@other")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8099/hook", "https://chat.example.com/hooks/ops"])
def test_a_webhook_without_a_key_can_be_an_option(tmp_path: Path, url: str) -> None:
    assert read(tmp_path, alert_webhook=url) == ({"alert_webhook": True}, {"alert-webhook": url})


def test_a_webhook_with_a_key_must_be_in_a_file_or_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="all users of this machine can read") as caught:
        read(tmp_path, alert_webhook=SLACK)
    assert "@FILE" in caught.value.hint.text() and "abcdef" not in caught.value.message + caught.value.hint.text()
    (tmp_path / "url").write_text(f"{SLACK}\n")
    assert read(tmp_path, alert_webhook=f"@{tmp_path}/url")[1] == {"alert-webhook": SLACK}
    monkeypatch.setenv("MLOPSCTL_SETUP_ALERT_WEBHOOK", SLACK)
    assert read(tmp_path, alert_webhook=SLACK)[1] == {"alert-webhook": SLACK}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"alert_email": "ops"}, "'ops'"),
        ({"alert_email": "a@x"}, "needs a mail server"),
        ({"alert_smtp": "relay:25"}, "mail server"),
        ({"alert_smtp": "http://relay"}, "mail server"),
        ({"alert_smtp": "smtp://relay:port"}, "invalid URL"),
        ({"alert_smtp": "smtp://kim:pw@relay"}, "contains a password"),
        ({"alert_smtp": "smtp://kim@relay", "alert_email": "a@x"}, "the password of kim"),
        ({"alert_smtp": "smtp://relay", "alert_smtp_password_file": password()}, "names no user"),
        ({"alert_smtp_password_file": password("")}, "password"),
        ({"alert_webhook": "hooks.example.com/x"}, "must be an http or https URL"),
        ({"alert_webhook": "ftp://h/x"}, "must be an http or https URL"),
        ({"alert_webhook": "https://kim:pw@h/x"}, "without a user name"),
        ({"alert_webhook": "https://h/x?token=1"}, "contain a key"),
        ({"alert_webhook": "http://h:port/x"}, "invalid URL"),
        ({"alert_webhook": "@/dev/null"}, "/dev/null"),
        ({"alert_webhook": "@/nowhere"}, "/nowhere: No such file"),
    ],
)
def test_invalid_values_are_refused_with_the_reason(tmp_path: Path, given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(tmp_path, **given)
