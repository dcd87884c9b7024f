"""What `--dry-run` says of users; real ones are made and deleted in tests/live/test_setup.py."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from mlopsctl.cli import main
from mlopsctl.cli._common.app import App
from mlopsctl.cli.user import command
from mlopsctl.core.settings import Settings
from tests.conftest import Ran
from tests.fake_api import api_v2

Call = Callable[..., Ran]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """`mlopsctl --home /h WORDS` where Airflow has two users, and takes no change."""

    def users(request: httpx.Request) -> httpx.Response:
        assert request.method == "GET", "a dry run changes nothing"
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
    ("words", "said"),
    [
        (["create", "lee", "--role", "Op"], "user lee would be created with role Op\n"),
        (["delete", "kim"], "user kim would be deleted\n"),
        (["passwd", "kim"], "the password of kim would be set\n"),
    ],
)
def test_a_dry_run_says_what_would_be_done(call: Call, words: list[str], said: str) -> None:
    assert call("user", *words, "--dry-run") == Ran(0, "", said)
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
def test_a_dry_run_refuses_what_would_be_refused(call: Call, words: list[str], code: str) -> None:
    ran = call("user", *words, "--dry-run", "--json")
    assert (ran.code, [error["code"] for error in json.loads(ran.out)["errors"]]) == (1, [code])


def test_a_password_that_is_no_text_is_refused(call: Call, tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes(b"caf\xe9")
    ran = call("user", "passwd", "kim", "--password-file", f"{tmp_path}/password")
    assert (ran.code, ran.err.splitlines()[0]) == (2, f"error: {tmp_path}/password is not text in UTF-8.")


@pytest.mark.parametrize(("typed", "given"), [(["one", "other", "same", "same"], "same"), (["", ""], "")])
def test_a_password_that_is_typed_is_typed_twice(monkeypatch: pytest.MonkeyPatch, typed: list[str], given: str) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _prompt: typed.pop(0))
    assert (command._password(None, made=True), typed) == (given, [])
