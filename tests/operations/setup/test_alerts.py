"""Airflow's connections for alerts. tests/live shows that its notifiers can use them."""

from pathlib import Path
from typing import Any

import pytest

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.settings import Settings
from mlopsctl.operations.setup import alerts
from mlopsctl.operations.setup.request import SetupRequest


def request(home: Path, secrets: dict[str, str] | None = None, **words: Any) -> SetupRequest:
    return SetupRequest(App(home, "setup", Output()).platform_with(Settings(**words)), alert_secrets=secrets or {})


def test_without_alerts_connections_and_secrets_are_removed(tmp_path: Path) -> None:
    assert alerts.connections(request(tmp_path)) == {"alert_webhook": None, "smtp_default": None}
    assert alerts.variables(request(tmp_path)) == {"ALERT_EMAIL": None}
    assert alerts.unused_secrets(Settings()) == ["alert-webhook", "alert-smtp-password"]


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        (
            "https://hooks.example.com/services/T0/B0/key?x=1#part",
            "https://hooks.example.com",
            "/services/T0/B0/key?x=1",
        ),
        ("http://127.0.0.1:8099", "http://127.0.0.1:8099", ""),
        ("http://[::1]:8099/a", "http://[::1]:8099", "/a"),
    ],
)
def test_the_path_of_a_webhook_is_stored_as_a_password(tmp_path: Path, url: str, host: str, path: str) -> None:
    made = alerts.connections(request(tmp_path, {"alert-webhook": url}, alert_webhook=True))["alert_webhook"]
    assert made == {"conn_type": "http", "host": host, "password": path}


def mail(home: Path, smtp: str, *to: str) -> dict[str, Any]:
    given = request(
        home, {"alert-smtp-password": "p w"}, alert_email=to or ("a@x.example", "b@x.example"), alert_smtp=smtp
    )
    made = alerts.connections(given)["smtp_default"]
    assert made
    return {**made, **made["extra"]}


@pytest.mark.parametrize(
    ("smtp", "port", "ssl", "starttls"),
    [
        ("smtp://relay", 25, False, False),
        ("smtp://relay:587", 587, False, True),
        ("smtp://kim@relay", 587, False, True),
        ("smtp://kim@relay:2525", 2525, False, True),
        ("smtps://relay", 465, True, False),
        ("smtps://kim@relay:10465", 10465, True, False),
    ],
)
def test_a_login_uses_tls(tmp_path: Path, smtp: str, port: int, ssl: bool, starttls: bool) -> None:
    made = mail(tmp_path, smtp)
    assert (made["host"], made["port"]) == ("relay", port)
    assert (not made["disable_ssl"], not made["disable_tls"]) == (ssl, starttls)
    assert (made["login"], made["password"]) == (("kim", "p w") if "@" in smtp else (None, None))


def test_the_sender_is_a_valid_address(tmp_path: Path) -> None:
    assert mail(tmp_path, "smtp://relay")["from_email"] == "a@x.example"
    assert mail(tmp_path, "smtp://kim@relay")["from_email"] == "a@x.example"
    assert mail(tmp_path, "smtp://kim%40y.example@relay")["from_email"] == "kim@y.example"


def test_a_secret_is_read_from_the_home_and_reported_if_it_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MlopsctlError) as caught:
        alerts.connections(request(tmp_path, alert_webhook=True))
    assert (caught.value.code, caught.value.hint.command) == ("no-secret", ("setup", "--alert-webhook", "@FILE"))
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/alert-webhook").write_text("http://h/p\n")
    made = alerts.connections(request(tmp_path, alert_webhook=True))["alert_webhook"]
    assert made and made["password"] == "/p"
