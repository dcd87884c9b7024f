"""User commands against a fake API; tests/live/test_setup.py creates and deletes real users."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from mlopsctl.cli import main
from mlopsctl.cli._common import secret_input
from mlopsctl.cli._common.app import App
from mlopsctl.core.settings import Settings
from tests.conftest import Ran
from tests.fake_api import api_v2

Call = Callable[..., Ran]


@pytest.fixture
def changes() -> list[tuple[str, str]]:
    """The requests that changed something."""
    return []


@pytest.fixture
def call(
    tmp_path: Path, changes: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    """`mlopsctl --home /h WORDS`, for an Airflow with two users that records changes."""

    def users(request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            changes.append((request.method, request.url.path))
            return httpx.Response(200, json={})
        person = {"roles": [{"name": "Admin"}], "first_name": "Kim", "last_name": "-"}
        known = [person | {"username": name, "email": f"{name}@x"} for name in ("admin", "kim")]
        return httpx.Response(200, json={"users": known, "total_entries": 2})

    class Parts:
        api = api_v2(tmp_path, users)

    (tmp_path / "token").write_text("t")
    monkeypatch.setattr(App, "platform", Parts())
    monkeypatch.setattr(App, "settings", Settings())

    def called(*words: str) -> Ran:
        with pytest.raises(SystemExit) as caught:
            main.main(["--home", "/h", *words])
        seen = capsys.readouterr()
        return Ran(int(caught.value.code or 0), seen.out, seen.err)

    return called


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["create", "lee", "--role", "Op"], "User lee would be created with role Op\n"),
        (["delete", "kim"], "User kim would be deleted\n"),
        (["passwd", "kim"], "Password of kim would be set\n"),
    ],
)
def test_a_dry_run_shows_what_would_change(
    call: Call, changes: list[tuple[str, str]], words: list[str], message: str
) -> None:
    assert call("user", *words, "--dry-run") == Ran(0, "", message)
    assert changes == []
    answer = json.loads(call("user", *words, "--dry-run", "--json").out)
    assert (answer["command"], answer["status"]) == (f"user {words[0]}", "planned")
    assert answer["data"]["username"] == words[1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["create", "kim"], "user-exists"),
        (["delete", "admin"], "admin-user"),
        (["delete", "lee"], "unknown-user"),
        (["passwd", "lee"], "unknown-user"),
    ],
)
def test_a_dry_run_fails_like_the_command(call: Call, words: list[str], code: str) -> None:
    ran = call("user", *words, "--dry-run", "--json")
    assert (ran.code, [error["code"] for error in json.loads(ran.out)["errors"]]) == (1, [code])


def test_a_password_file_must_be_text(call: Call, tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes(b"caf\xe9")
    ran = call("user", "passwd", "kim", "--password-file", f"{tmp_path}/password")
    assert ran.code == 2 and ran.err.startswith(f"error: {tmp_path}/password ")


def test_a_created_user_has_a_generated_password_that_is_shown_once(
    call: Call, changes: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    ran = call("user", "create", "lee", "--role", "Op")
    assert (ran.code, ran.err) == (0, "User lee created with role Op\n")
    assert re.fullmatch(r"password  \S{16}  \(shown only once\)\n", ran.out)
    data = json.loads(call("user", "create", "lee", "--json").out)["data"]
    assert data == {"username": "lee", "role": "Admin", "password": data["password"]} and data["password"]
    assert [method for method, _ in changes] == ["POST", "POST"]


def test_a_user_is_deleted_after_confirmation(
    call: Call, changes: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert (call("user", "delete", "kim").code, changes) == (1, [])
    assert call("user", "delete", "kim", "--yes") == Ran(0, "", "User kim deleted\n")
    assert [method for method, _ in changes] == ["DELETE"]


def test_users_are_listed(call: Call) -> None:
    assert call("user", "list").out.split()[:6] == ["USERNAME", "ROLE", "EMAIL", "admin", "Admin", "admin@x"]
    assert json.loads(call("user", "list", "--json").out)["data"]["users"][1] == {
        "username": "kim", "role": "Admin", "email": "kim@x",
    }  # fmt: skip


@pytest.mark.parametrize(("typed", "given"), [(["one", "other", "same", "same"], "same"), (["", ""], "")])
def test_a_password_is_entered_twice(monkeypatch: pytest.MonkeyPatch, typed: list[str], given: str) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _prompt: typed.pop(0))
    assert (secret_input.new_password(None, generated=True), typed) == (given, [])
