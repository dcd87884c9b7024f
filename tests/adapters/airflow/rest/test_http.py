"""The client's own logic: login, patience, pages, and how a no becomes a sentence."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mlopsctl.adapters.airflow.rest.http import AirflowHttp, Refused
from mlopsctl.core.errors import MlopsctlError, Unavailable

Handler = Callable[[httpx.Request], httpx.Response]


def client(folder: Path, handler: Handler, *, patience: float = 0.8, token: str = "") -> AirflowHttp:
    (folder / "password").write_text("secret\n")
    if token:
        (folder / "token").write_text(token)
    transport = httpx.MockTransport(handler)
    return AirflowHttp("http://x", folder / "password", folder / "token", patience=patience, transport=transport)


class Server:
    """Knows one token, gives it to who has the password, and counts what it is asked."""

    def __init__(self, answer: Handler, *, refusal: int = 401) -> None:
        self.answer, self.token, self.refusal = answer, "new", refusal
        self.asked: list[str] = []
        self.lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.asked.append(f"{request.method} {request.url.path}")
        if request.url.path == "/auth/token":
            known = json.loads(request.content) == {"username": "mlopsctl", "password": "secret"}
            return httpx.Response(201, json={"access_token": self.token}) if known else httpx.Response(401)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return httpx.Response(self.refusal, json={"detail": "Not authenticated"})
        return self.answer(request)


def fine(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"n": 1})


def test_it_logs_in_once_and_keeps_the_token_for_the_next_process(tmp_path: Path) -> None:
    server = Server(fine)
    first = client(tmp_path, server)
    assert first.get("/a") == first.get("/a") == {"n": 1}
    assert client(tmp_path, server).get("/a") == {"n": 1}
    assert server.asked == ["POST /auth/token", "GET /a", "GET /a", "GET /a"]
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("refusal", [401, 403])
def test_a_token_that_does_not_hold_is_fetched_anew_once(tmp_path: Path, refusal: int) -> None:
    server = Server(fine, refusal=refusal)
    assert client(tmp_path, server, token="old").get("/a") == {"n": 1}
    assert server.asked == ["GET /a", "POST /auth/token", "GET /a"]


def test_of_many_threads_with_an_old_token_one_logs_in(tmp_path: Path) -> None:
    everybody = threading.Barrier(8)  # all are refused before the first of them has a new token

    def refused_together(request: httpx.Request) -> httpx.Response:
        if request.headers.get("Authorization") == "Bearer old":
            everybody.wait()
        return server(request)

    server = Server(fine)
    http = client(tmp_path, refused_together, token="old")
    threads = [threading.Thread(target=http.get, args=("/a",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.asked.count("POST /auth/token") == 1


def test_who_is_not_let_in_is_told_so(tmp_path: Path) -> None:
    http = client(tmp_path, Server(fine))
    (tmp_path / "password").write_text("wrong")
    with pytest.raises(MlopsctlError, match="does not let the account 'mlopsctl' in") as caught:
        http.get("/a")
    assert (caught.value.code, caught.value.hint.text()) == ("login-failed", "mlopsctl setup")


def test_without_a_password_there_is_no_platform(tmp_path: Path) -> None:
    http = client(tmp_path, Server(fine))
    (tmp_path / "password").unlink()
    with pytest.raises(MlopsctlError, match="password of Airflow's account 'mlopsctl' is not in") as caught:
        http.get("/a")
    assert caught.value.hint.text() == "mlopsctl setup"


def failing(times: int) -> Handler:
    left = [times]

    def answer(_: httpx.Request) -> httpx.Response:
        left[0] -= 1
        if left[0] >= 0:
            raise httpx.ConnectError("Connection refused")
        return httpx.Response(200, json={"n": 1})

    return answer


def test_a_get_waits_for_a_server_that_restarts(tmp_path: Path) -> None:
    assert client(tmp_path, failing(2), token="t").get("/a") == {"n": 1}


def test_patience_ends(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="at http://x does not answer: Connection refused") as caught:
        client(tmp_path, failing(99), patience=0.3, token="t").get("/a")
    assert caught.value.hint.text() == "mlopsctl start"


def test_what_changes_things_is_sent_once(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        client(tmp_path, failing(1), token="t").send("POST", "/a", {})


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_that_is_ill_may_get_well(tmp_path: Path, status: int) -> None:
    http = client(tmp_path, lambda _: httpx.Response(status, text="Bad Gateway"), patience=0.1, token="t")
    with pytest.raises(Unavailable, match=f"answers {status}: Bad Gateway") as caught:
        http.get("/a")
    assert caught.value.hint.text().startswith("mlopsctl status   # ")


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("The Dag was not found.", "The Dag was not found"),
        ({"reason": "Unique constraint violation", "message": "look for ID x"}, "Unique constraint violation"),
        ([{"msg": "not an integer", "loc": ["body"]}, {"msg": "too long"}], "not an integer; too long"),
    ],
)
def test_a_no_comes_with_the_servers_reason(tmp_path: Path, detail: Any, said: str) -> None:
    http = client(tmp_path, lambda _: httpx.Response(422, json={"detail": detail}), token="t")
    with pytest.raises(Refused) as caught:
        http.get("/a")
    assert (caught.value.message, caught.value.status) == (f"Airflow refused: {said}.", 422)


def listing(total: int, maximum: int) -> Handler:
    def answer(request: httpx.Request) -> httpx.Response:
        limit, offset = int(request.url.params["limit"]), int(request.url.params.get("offset", 0))
        return httpx.Response(
            200, json={"rows": list(range(total))[offset : offset + min(limit, maximum)], "total_entries": total}
        )

    return answer


@pytest.mark.parametrize("total", [0, 1, 99, 100, 101, 450])
def test_pages_are_put_together_in_order_whatever_the_server_allows(tmp_path: Path, total: int) -> None:
    http = client(tmp_path, listing(total, 100), token="t")
    assert http.pages("/a", "rows", {"order_by": "id"}) == list(range(total))
    assert http.count("/a") == total
