"""Contexts: stored only if everything works, chosen by option, variable or `context use`, removed with their login."""

import json
import stat
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from mlopsctl.core import contexts
from tests.cli.commands import only_object
from tests.conftest import Ran, call_cli


class FakeAirflow(BaseHTTPRequestHandler):
    """Answers as Airflow 3 does, with one account, `ann`. `forbidden`: DAGs may not be read."""

    forbidden = False
    seen: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.seen.append(self.path)
        if self.path.endswith("/api/v2/version"):
            self.answer(200, {"version": "3.3.2"})
        elif self.headers["Authorization"] != "Bearer t":
            self.answer(401, {"detail": "Not authenticated"})
        elif self.path.endswith("/details"):
            self.answer(404, {"detail": "not found"})
        elif self.forbidden:
            self.answer(403, {"detail": "Forbidden"})
        else:
            self.answer(200, {"dags": [], "import_errors": [], "total_entries": 0})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        right = body == {"username": "ann", "password": "secret"}
        self.answer(201, {"access_token": "t"}) if right else self.answer(401, {"detail": "Invalid credentials"})

    def answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Not on the screen."""


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("MLOPSCTL_HOME")
    monkeypatch.setattr(FakeAirflow, "forbidden", False)
    monkeypatch.setattr(FakeAirflow, "seen", [])
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "wrong").write_text("wrong\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeAirflow)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def add(url: str, folder: Path, *words: str, name: str = "prod", password: str = "password") -> Ran:  # noqa: S107
    return call_cli("context", "add", name, "--url", url, "--user", "ann", "--password-file", folder / password, *words)


def data(ran: Ran) -> dict[str, Any]:
    found: dict[str, Any] = only_object(ran)["data"]
    return found


def test_context_is_stored_with_its_login_and_a_path(url: str, tmp_path: Path) -> None:
    ran = add(f"{url}/airflow/home/", tmp_path, "--json")
    assert ran.code == 0, ran.err
    assert (data(ran)["url"], data(ran)["airflow_version"]) == (f"{url}/airflow", "3.3.2")
    context = contexts.load("prod")
    assert (context.url, context.username) == (f"{url}/airflow", "ann")
    assert context.secret.read_text() == "secret\n"
    assert {path.startswith("/airflow/") for path in FakeAirflow.seen} == {True}
    files = [path for path in context.home.root.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(context.home.root.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("words", "password", "code"), [((), "wrong", "login-failed"), (("--feature-store-url-file",), "password", "usage")]
)
def test_failed_check_stores_nothing(
    url: str, tmp_path: Path, words: tuple[str, ...], password: str, code: str
) -> None:
    extra = [*words, str(tmp_path / "password")] if words else []  # a file without a URL
    ran = add(url, tmp_path, *extra, "--json", password=password)
    assert (ran.code, only_object(ran)["errors"][0]["code"]) == (2 if code == "usage" else 1, code)
    assert contexts.names() == []
    assert list(contexts.folder().rglob("*login*")) == []


def test_account_without_the_right_to_read_dags_is_refused(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeAirflow, "forbidden", True)
    ran = add(url, tmp_path, "--json")
    assert (ran.code, only_object(ran)["errors"][0]["code"]) == (1, "forbidden")
    assert contexts.names() == []


def test_dry_run_asks_nobody_and_stores_nothing(url: str, tmp_path: Path) -> None:
    ran = add(url, tmp_path, "--dry-run", "--json")
    assert [step["name"] for step in data(ran)["steps"]] == ["server", "login", "save"]
    assert FakeAirflow.seen == []
    assert not contexts.folder().exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--url", "http://10.0.0.7:8080", "--user", "ann"), "insecure"),
        (("--url", "https://ann:secret@10.0.0.7", "--user", "ann"), "secret-shown"),
        (("--url", "airflow.example.com", "--user", "ann"), "usage"),
        (("--url", "https://[::1", "--user", "ann"), "usage"),
        (("--url", "https://10.0.0.7",), "usage"),
        (("--url", "https://10.0.0.7", "--user", "ann", "--token-file", "-"), "usage"),
        (("--url", "https://10.0.0.7", "--user", "ann"), "no-password"),
    ],
)  # fmt: skip
def test_wrong_options_are_refused_before_anything_is_sent(url: str, words: tuple[str, ...], code: str) -> None:
    del url
    ran = call_cli("context", "add", "prod", *words, "--json")
    assert only_object(ran)["errors"][0]["code"] == code
    assert "secret" not in ran.out.replace("secret-shown", "")


@pytest.mark.parametrize("name", ["local", "a/b", "..", ".hidden", ""])
def test_invalid_names(url: str, tmp_path: Path, name: str) -> None:
    assert add(url, tmp_path, name=name).code == 2


def test_existing_context_is_replaced_only_on_request_and_keeps_its_settings(url: str, tmp_path: Path) -> None:
    add(url, tmp_path)
    assert call_cli("--context", "prod", "config", "set", "fills", "d=mlops.t.day").code == 0
    assert only_object(add(url, tmp_path, "--json"))["errors"][0]["code"] == "context-exists"
    assert add(f"{url}/other", tmp_path, "--overwrite").code == 0
    assert contexts.load("prod").url == f"{url}/other"
    assert "mlops.t.day" in contexts.load("prod").home.config.read_text()


def test_option_wins_over_variable_over_current_context(url: str, tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        add(f"{url}/{name}", tmp_path, name=name)
    assert call_cli("context", "use", "one").code == 0

    def asked(*words: str | Path, **env: str) -> str:
        FakeAirflow.seen.clear()
        ran = call_cli(*words, "dags", "list", env=env)
        return FakeAirflow.seen[0].split("/")[1] if FakeAirflow.seen else ran.err

    assert asked() == "one"
    assert asked(MLOPSCTL_CONTEXT="two") == "two"
    assert asked("--context", "three", MLOPSCTL_CONTEXT="two") == "three"
    assert "there is no platform" in asked("--home", tmp_path / "h", MLOPSCTL_CONTEXT="two")
    assert "there is no platform" in asked(MLOPSCTL_HOME=str(tmp_path / "h"))
    assert "there is no platform" in asked("--context", "local")
    assert call_cli("--home", tmp_path, "--context", "one", "dags", "list").code == 2
    assert call_cli("--context", "", "dags", "list").code == 2


def test_list_marks_the_current_context(url: str, tmp_path: Path) -> None:
    add(url, tmp_path)
    assert data(call_cli("context", "list", "--json"))["current"] == "local"
    call_cli("context", "use", "prod")
    listed = data(call_cli("context", "list", "--json"))
    assert listed["current"] == "prod"
    assert [(c["name"], c["url"], c["user"], c["current"]) for c in listed["contexts"]] == [("prod", url, "ann", True)]


def test_removed_context_leaves_nothing_and_is_not_the_current_one_any_more(url: str, tmp_path: Path) -> None:
    add(url, tmp_path)
    call_cli("context", "use", "prod")
    assert only_object(call_cli("context", "remove", "prod", "--json"))["errors"][0]["code"] == "not-confirmed"
    assert call_cli("context", "remove", "prod", "--yes").code == 0
    assert (contexts.names(), contexts.current()) == ([], "")
    assert list((contexts.folder() / "contexts").iterdir()) == []


def test_unknown_context_names_the_nearest(url: str, tmp_path: Path) -> None:
    add(url, tmp_path)
    for words in (("--context", "prd", "dags", "list"), ("context", "use", "prd"), ("context", "remove", "prd")):
        ran = call_cli(*words)
        assert ran.code == 1
        assert "prod" in ran.err


@pytest.mark.parametrize("words", [("stop",), ("link", "list"), ("dags", "clean"), ("doctor",), ("seed",), ("setup",)])
def test_command_that_needs_the_machine_says_so(url: str, tmp_path: Path, words: tuple[str, ...]) -> None:
    add(url, tmp_path)
    ran = call_cli("--context", "prod", *words, "--json")
    error = only_object(ran)["errors"][0]
    assert (ran.code, error["code"]) == (1, "needs-home")
    assert error["hint_command"][:2] == ["--context", "local"]


def test_hints_name_the_context_unless_it_is_the_current_one(url: str, tmp_path: Path) -> None:
    add(url, tmp_path)
    words = ("logs", "etl", "extract")
    assert "mlopsctl --context prod dags" in call_cli("--context", "prod", *words).err
    call_cli("context", "use", "prod")
    assert "mlopsctl dags" in call_cli(*words).err


def test_context_without_feature_store_has_no_coverage(url: str, tmp_path: Path) -> None:
    add(url, tmp_path)
    ran = call_cli("--context", "prod", "coverage", "mlops.t", "--json")
    assert only_object(ran)["errors"][0]["code"] == "no-feature-store"
