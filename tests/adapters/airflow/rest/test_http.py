"""Retries, pages and errors of the HTTP client."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.errors import Unavailable
from tests.fake_api import Handler
from tests.fake_clock import FakeClock


@pytest.fixture
def client(tmp_path: Path) -> Callable[[Handler], AirflowHttp]:
    """A client with a token, whose clock does not wait."""
    token = tmp_path / "token"
    token.write_text("t0ken")

    def build(handler: Handler) -> AirflowHttp:
        transport = httpx.MockTransport(handler)
        return AirflowHttp("http://x", tmp_path / "password", token, transport=transport, clock=FakeClock())

    return build


def failing(times: int) -> Handler:
    remaining = [times]

    def answer(_: httpx.Request) -> httpx.Response:
        remaining[0] -= 1
        if remaining[0] >= 0:
            raise httpx.ConnectError("Connection refused")
        return httpx.Response(200, json={"n": 1})

    return answer


def test_get_is_retried_while_the_server_restarts(client: Callable[[Handler], AirflowHttp]) -> None:
    assert client(failing(2)).get("/a") == {"n": 1}


def test_get_gives_up_at_its_deadline(client: Callable[[Handler], AirflowHttp]) -> None:
    with pytest.raises(Unavailable, match="at http://x does not answer: Connection refused") as caught:
        client(failing(99)).get("/a")
    assert (caught.value.code, caught.value.hint.text()) == ("api-unreachable", "mlopsctl start")


def test_send_is_not_retried(client: Callable[[Handler], AirflowHttp]) -> None:
    with pytest.raises(Unavailable):
        client(failing(1)).send("POST", "/a", {})


@pytest.mark.parametrize("status", [500, 502, 503])
def test_server_error_is_unavailable(client: Callable[[Handler], AirflowHttp], status: int) -> None:
    with pytest.raises(Unavailable, match=f"answered {status}: Bad Gateway") as caught:
        client(lambda _: httpx.Response(status, text="Bad Gateway")).get("/a")
    assert caught.value.hint.command == ("status",)


@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        ("The Dag was not found.", "The Dag was not found"),
        ({"reason": "Unique constraint violation", "message": "look for ID x"}, "Unique constraint violation"),
        ([{"msg": "not an integer", "loc": ["body"]}, {"msg": "too long"}], "not an integer; too long"),
    ],
)
def test_rejection_has_the_servers_reason(client: Callable[[Handler], AirflowHttp], detail: Any, reason: str) -> None:
    with pytest.raises(RequestRejected) as caught:
        client(lambda _: httpx.Response(422, json={"detail": detail})).get("/a")
    assert (caught.value.message, caught.value.status) == (f"Airflow rejected the request: {reason}.", 422)


def listing(total: int, maximum: int) -> Handler:
    def answer(request: httpx.Request) -> httpx.Response:
        limit, offset = int(request.url.params["limit"]), int(request.url.params.get("offset", 0))
        rows = list(range(total))[offset : offset + min(limit, maximum)]
        return httpx.Response(200, json={"rows": rows, "total_entries": total})

    return answer


@pytest.mark.parametrize("total", [0, 1, 99, 100, 101, 450])
def test_pages_are_joined_in_order_whatever_the_servers_limit(
    client: Callable[[Handler], AirflowHttp], total: int
) -> None:
    http = client(listing(total, 100))
    assert http.pages("/a", "rows", {"order_by": "id"}) == list(range(total))
    assert http.count("/a") == total


def test_requests_are_logged_without_query_body_and_headers(
    client: Callable[[Handler], AirflowHttp], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "mlopsctl")
    http = client(lambda _: httpx.Response(200, json={"password": "s3cret"}))
    http.send("POST", "/api/v2/variables", {"value": "s3cret"}, params={"password": "s3cret"})
    (message,) = [record.getMessage() for record in caplog.records if record.name == "mlopsctl.http"]
    assert message.startswith("POST /api/v2/variables 200 ") and message.endswith(" ms")
    assert "s3cret" not in caplog.text and "t0ken" not in caplog.text


def test_failed_requests_are_logged(client: Callable[[Handler], AirflowHttp], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "mlopsctl")
    with pytest.raises(Unavailable):
        client(failing(1)).send("PUT", "/a")
    assert "PUT /a no answer: Connection refused" in caplog.messages
