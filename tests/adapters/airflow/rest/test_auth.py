"""The token: cached, renewed once, shared by threads."""

import base64
import json
import threading
from pathlib import Path

import httpx
import pytest

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.states import Login
from tests.fake_api import Handler


def client(folder: Path, handler: Handler, *, token: str = "", ours: bool = True) -> AirflowHttp:
    (folder / "password").write_text("secret\n")
    if token:
        (folder / "token").write_text(token)
    return AirflowHttp(
        "http://x",
        folder / "password",
        folder / "token",
        retry_for=0,
        is_our_server=lambda: ours,
        transport=httpx.MockTransport(handler),
    )


class TokenServer:
    """Accepts the token `new`, and gives it to a login with the right password. Records the requests."""

    def __init__(self, *, rejection: int = 401) -> None:
        self.rejection = rejection
        self.requests: list[str] = []
        self.timeouts: list[object] = []
        self.lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.requests.append(f"{request.method} {request.url.path}")
            self.timeouts.append(request.extensions.get("timeout"))
        if request.url.path == "/auth/token":
            known = json.loads(request.content) == {"username": "mlopsctl", "password": "secret"}
            return httpx.Response(201, json={"access_token": "new"}) if known else httpx.Response(401)
        if request.headers.get("Authorization") != "Bearer new":
            return httpx.Response(self.rejection, json={"detail": "Not authenticated"})
        return httpx.Response(200, json={"n": 1})


def test_logs_in_once_and_caches_the_token_for_the_next_process(tmp_path: Path) -> None:
    server = TokenServer()
    http = client(tmp_path, server)
    assert http.get("/a") == http.get("/a") == {"n": 1}
    assert client(tmp_path, server).get("/a") == {"n": 1}
    assert server.requests == ["POST /auth/token", "GET /a", "GET /a", "GET /a"]
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    assert None not in server.timeouts


@pytest.mark.parametrize("rejection", [401, 403])
def test_rejected_token_is_renewed_once(tmp_path: Path, rejection: int) -> None:
    server = TokenServer(rejection=rejection)
    assert client(tmp_path, server, token="old").get("/a") == {"n": 1}
    assert server.requests == ["GET /a", "POST /auth/token", "GET /a"]


def test_one_of_many_threads_logs_in(tmp_path: Path) -> None:
    all_rejected = threading.Barrier(8)  # before the first of them has a new token

    def rejected_together(request: httpx.Request) -> httpx.Response:
        if request.headers.get("Authorization") == "Bearer old":
            all_rejected.wait()
        return server(request)

    server = TokenServer()
    http = client(tmp_path, rejected_together, token="old")
    threads = [threading.Thread(target=http.get, args=("/a",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.requests.count("POST /auth/token") == 1


def test_failed_login_does_not_block_the_next(tmp_path: Path) -> None:
    server = TokenServer()
    answers = iter([httpx.Response(503), None])

    def starting(request: httpx.Request) -> httpx.Response:
        login = request.url.path == "/auth/token"
        return (next(answers) if login else None) or server(request)

    http = client(tmp_path, starting)
    with pytest.raises(Unavailable):
        http.get("/a")
    assert http.get("/a") == {"n": 1}


def test_rejected_login(tmp_path: Path) -> None:
    http = client(tmp_path, TokenServer())
    (tmp_path / "password").write_text("wrong")
    with pytest.raises(MlopsctlError, match="Airflow rejected the login for 'mlopsctl'") as caught:
        http.get("/a")
    assert (caught.value.code, caught.value.hint.text()) == ("login-failed", "mlopsctl setup")


def test_missing_password(tmp_path: Path) -> None:
    http = client(tmp_path, TokenServer())
    (tmp_path / "password").unlink()
    with pytest.raises(MlopsctlError, match="password of Airflow's account 'mlopsctl' is missing") as caught:
        http.get("/a")
    assert caught.value.hint.text() == "mlopsctl setup"


def test_another_program_on_the_port_gets_neither_token_nor_password(tmp_path: Path) -> None:
    server = TokenServer()
    with pytest.raises(Unavailable):
        client(tmp_path, server, token="t", ours=False).get("/a")
    assert not server.requests


def test_given_token_is_sent_and_never_renewed(tmp_path: Path) -> None:
    server = TokenServer()
    (tmp_path / "given").write_text("new\n")

    def with_token(file: Path) -> AirflowHttp:
        return AirflowHttp("http://x", file, file, login=Login.BEARER, transport=httpx.MockTransport(server))

    assert with_token(tmp_path / "given").get("/a") == {"n": 1}
    (tmp_path / "old").write_text("old")
    with pytest.raises(RequestRejected):
        with_token(tmp_path / "old").get("/a")
    assert server.requests == ["GET /a", "GET /a"]


def test_basic_login_sends_name_and_password(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return httpx.Response(200, json={})

    file = tmp_path / "password"
    AirflowHttp("http://x", file, file, username="u", login=Login.BASIC, transport=httpx.MockTransport(answer)).get(
        "/a"
    )
    assert seen == ["Basic " + base64.b64encode(b"u:secret").decode()]


def test_basic_login_never_sends_the_password_to_another_program(tmp_path: Path) -> None:
    server = TokenServer()
    with pytest.raises(Unavailable, match="not listening"):
        client(tmp_path, server, token="t", ours=False).with_basic_auth.get("/a")
    assert not server.requests


class LoginPage:
    """The web page of Airflow 2: a login form, and a cookie for the right password."""

    def __init__(self, *, form: bool = True, cookies: bool = True) -> None:
        """`cookies`: whether the API accepts them."""
        self.form, self.cookies = form, cookies
        self.requests: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(f"{request.method} {request.url.path}")
        if request.url.path == "/login/":
            return self.page(request) if self.form else httpx.Response(404)
        basic = "Basic " + base64.b64encode(b"mlopsctl:secret").decode()
        cookie = self.cookies and request.headers.get("Cookie") == "session=new"
        if not cookie and request.headers.get("Authorization") != basic:
            return httpx.Response(403, json={"detail": None, "title": "Forbidden"})
        return httpx.Response(200, json={"n": 1})

    def page(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            form = '<input id="csrf_token" name="csrf_token" type="hidden" value="c5rf">'
            return httpx.Response(200, text=form, headers={"Set-Cookie": "session=form; Path=/"})
        fields = b"username=mlopsctl&password=secret&csrf_token=c5rf"
        if request.content != fields or request.headers["Cookie"] != "session=form":
            return httpx.Response(302, headers={"Location": "/login/?next=/home"})
        return httpx.Response(302, headers={"Location": "/home", "Set-Cookie": "session=new; HttpOnly; Path=/"})


def test_session_is_opened_once_and_cached_for_the_next_process(tmp_path: Path) -> None:
    server = LoginPage()
    http = client(tmp_path, server, token="session=old").with_session
    assert http.get("/a") == http.get("/a") == client(tmp_path, server).with_session.get("/a") == {"n": 1}
    assert server.requests == ["GET /a", "GET /login/", "POST /login/", "GET /a", "GET /a", "GET /a"]
    assert (tmp_path / "token").read_text() == "session=new\n"


def test_server_without_a_login_page_gets_the_password_in_each_request(tmp_path: Path) -> None:
    server = LoginPage(form=False)
    http = client(tmp_path, server).with_session
    assert http.get("/a") == http.get("/a") == {"n": 1}
    assert server.requests == ["GET /login/", "GET /a", "GET /a"]
    assert not (tmp_path / "token").exists()


def test_api_that_rejects_cookies_gets_the_password_in_each_request(tmp_path: Path) -> None:
    server = LoginPage(cookies=False)
    http = client(tmp_path, server).with_session
    assert http.get("/a") == http.get("/a") == {"n": 1}
    assert server.requests[-2:] == ["GET /a", "GET /a"] and server.requests.count("POST /login/") == 2


def test_session_is_refused_for_a_wrong_password(tmp_path: Path) -> None:
    http = client(tmp_path, LoginPage()).with_session
    (tmp_path / "password").write_text("wrong")
    with pytest.raises(MlopsctlError) as caught:
        http.get("/a")
    assert caught.value.code == "login-failed"
