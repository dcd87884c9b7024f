"""What a server elsewhere may answer that one of this machine does not, and which addresses are this machine's."""

from pathlib import Path

import httpx
import pytest

from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.adapters.airflow.rest.remote import RemoteServer, is_loopback
from mlopsctl.core.errors import MlopsctlError, Unavailable


def ask(folder: Path, answer: httpx.Response | Exception, url: str = "http://10.0.0.7/airflow") -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/airflow/api/v2/version"
        if isinstance(answer, Exception):
            raise answer
        return answer

    file = folder / "password"
    http = AirflowHttp(
        url, file, file, retry_for=0, remote=RemoteServer("prod"), transport=httpx.MockTransport(handler)
    )
    http.send("GET", "/api/v2/version", login=False)


@pytest.mark.parametrize("location", ["https://sso.example.com/login?state=secret", "/airflow/login/"])
def test_redirect_is_an_error_that_names_its_target(tmp_path: Path, location: str) -> None:
    with pytest.raises(MlopsctlError, match=location.partition("?")[0]) as caught:
        ask(tmp_path, httpx.Response(302, headers={"Location": location}))
    assert caught.value.code == "redirected"
    assert "secret" not in caught.value.message


def test_web_page_is_not_an_answer(tmp_path: Path) -> None:
    with pytest.raises(MlopsctlError, match="text/html instead of JSON") as caught:
        ask(tmp_path, httpx.Response(200, html="<html>"))
    assert caught.value.code == "no-api"


def test_untrusted_certificate_asks_for_its_ca(tmp_path: Path) -> None:
    cause = (
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate in certificate chain "
        "(_ssl.c:1006)"
    )
    with pytest.raises(MlopsctlError, match="not trusted: self-signed certificate in certificate chain") as caught:
        ask(tmp_path, httpx.ConnectError(cause), "https://10.0.0.7/airflow")
    assert caught.value.code == "untrusted"
    assert {"prod", "--ca"} <= set(caught.value.hint.command)


def test_server_that_is_down_has_the_remedy_of_a_context(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        ask(tmp_path, httpx.ConnectError("Connection refused"))
    assert caught.value.hint.other[:3] == ("context", "add", "prod")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080/airflow", True),
        ("http://localhost", True),
        ("http://10.0.0.7", False),
        ("https://airflow.example.com", False),
        ("http://localhost.example.com", False),
    ],
)
def test_loopback(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected
