"""The words of `setup` about alerts: what is taken, what is refused because everybody could read it."""

import io
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.cli.setup import alerts
from mlopsctl.core.errors import UsageError
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import Settings

SLACK = "https://hooks.example.com/services/T000/B000/abcdefghijklmnopqrstuvwx"
FILE = "alert-smtp-password"


def read(home: Path, before: Settings | None = None, **said: Any) -> tuple[dict[str, Any], dict[str, str]]:
    names = ("alert_email", "alert_smtp", "alert_smtp_password_file", "alert_webhook")
    given: dict[str, Any] = dict.fromkeys(names) | said
    changes, secrets = alerts.read(given, before or Settings(), Home(home))
    return {k: v for k, v in changes.items() if v is not None}, {k: v for k, v in secrets.items() if v}


def password(text: str = "p w") -> io.StringIO:
    file = io.StringIO(text)
    file.name = "file"
    return file


def test_what_is_not_said_stays(tmp_path: Path) -> None:
    assert read(tmp_path) == ({}, {})


def test_mail(tmp_path: Path) -> None:
    said: dict[str, Any] = {
        "alert_email": "a@x, b@x",
        "alert_smtp": "smtp://kim@relay:587",
        "alert_smtp_password_file": password(),
    }
    assert read(tmp_path, **said) == (
        {"alert_email": ("a@x", "b@x"), "alert_smtp": "smtp://kim@relay:587"}, {FILE: "p w"},
    )  # fmt: skip


def test_a_password_in_the_variable_is_taken_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPSCTL_SETUP_ALERT_SMTP", "smtps://kim:p%20w@relay")
    assert read(tmp_path, alert_smtp="smtps://kim:p%20w@relay") == ({"alert_smtp": "smtps://kim@relay"}, {FILE: "p w"})


def test_mail_and_webhook_are_turned_off(tmp_path: Path) -> None:
    before = Settings(alert_email=("a@x",), alert_smtp="smtp://relay", alert_webhook=True)
    assert read(tmp_path, before, alert_email="", alert_webhook="") == ({"alert_email": (), "alert_webhook": False}, {})


def test_a_known_password_is_for_its_server_alone(tmp_path: Path) -> None:
    before = Settings(alert_email=("a@x",), alert_smtp="smtp://kim@relay")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / FILE).touch()
    assert read(tmp_path, before, alert_email="b@x") == ({"alert_email": ("b@x",)}, {})
    with pytest.raises(UsageError, match="the password of kim at the mail server is not known"):
        read(tmp_path, before, alert_smtp="smtp://kim@other")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8099/hook", "https://chat.example.com/hooks/ops"])
def test_a_webhook_without_a_key(tmp_path: Path, url: str) -> None:
    assert read(tmp_path, alert_webhook=url) == ({"alert_webhook": True}, {"alert-webhook": url})


def test_a_webhook_with_a_key_comes_by_file_or_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="every user of this machine could read") as caught:
        read(tmp_path, alert_webhook=SLACK)
    assert "@FILE" in caught.value.hint.text() and "abcdef" not in caught.value.message + caught.value.hint.text()
    (tmp_path / "url").write_text(f"{SLACK}\n")
    assert read(tmp_path, alert_webhook=f"@{tmp_path}/url")[1] == {"alert-webhook": SLACK}
    monkeypatch.setenv("MLOPSCTL_SETUP_ALERT_WEBHOOK", SLACK)
    assert read(tmp_path, alert_webhook=SLACK)[1] == {"alert-webhook": SLACK}


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"alert_email": "ops"}, "'ops' is not an email address"),
        ({"alert_email": "a@x"}, "mail needs a server"),
        ({"alert_smtp": "relay:25"}, "must name a mail server"),
        ({"alert_smtp": "http://relay"}, "must name a mail server"),
        ({"alert_smtp": "smtp://relay:port"}, "the URL cannot be read"),
        ({"alert_smtp": "smtp://kim:pw@relay"}, "holds a password, which every user"),
        ({"alert_smtp": "smtp://kim@relay", "alert_email": "a@x"}, "the password of kim"),
        ({"alert_smtp": "smtp://relay", "alert_smtp_password_file": password()}, "password has no user"),
        ({"alert_smtp_password_file": password("")}, "file contains no password"),
        ({"alert_webhook": "hooks.example.com/x"}, "must be an http or https URL"),
        ({"alert_webhook": "ftp://h/x"}, "must be an http or https URL"),
        ({"alert_webhook": "https://kim:pw@h/x"}, "without an account"),
        ({"alert_webhook": "https://h/x?token=1"}, "what looks like a key"),
        ({"alert_webhook": "http://h:port/x"}, "the URL cannot be read"),
        ({"alert_webhook": "@/dev/null"}, "/dev/null contains no URL"),
        ({"alert_webhook": "@/nowhere"}, "/nowhere: No such file"),
    ],
)
def test_wrong_words_are_named(tmp_path: Path, said: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read(tmp_path, **said)
