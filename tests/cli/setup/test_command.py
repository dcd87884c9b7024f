"""The command line of `mlopsctl setup`. Real setups: tests/live/test_setup.py."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.cli.setup import command
from mlopsctl.core.settings import Settings
from tests.conftest import call_cli


@pytest.mark.usefixtures("open_to_databases")
def test_a_plan_lists_the_steps_that_change_something(tmp_path: Path) -> None:
    ran = call_cli("--home", tmp_path / "h", "setup", "--dry-run", "--no-seed", "--json")
    steps = json.loads(ran.out)["data"]["steps"]
    assert {step["state"] for step in steps} <= {"planned", "ok"}
    assert "verify" not in [step["name"] for step in steps] and "start" in [step["name"] for step in steps]


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (["--timezone", "Asia/Soul"], "usage", "'Asia/Soul'"),
        (["--admin-user", ""], "usage", "name for a user"),
        (["--admin-user", "a b"], "usage", "name for a user"),
        (["--admin-password-file", "/dev/null"], "usage", "/dev/null"),
        (["--seed-to", "2024-13"], "usage", "'2024-13'"),
        (["--preload", "not a module"], "usage", "'not a module'"),
        (["--alert-email", "nobody"], "usage", "'nobody'"),
        (["--seed-scale", "0", "--dry-run"], "usage", "scale"),
        (["--dags", "/nowhere", "--dry-run"], "no-dags", "/nowhere"),
        (["--requirements", "/nowhere.txt", "--dry-run"], "no-requirements", "/nowhere.txt"),
        (["--requirements", "/nowhere.txt"], "no-requirements", "/nowhere.txt"),
    ],
)
def test_invalid_values_leave_nothing_behind(tmp_path: Path, words: list[str], code: str, named: str) -> None:
    ran = call_cli("--home", tmp_path / "h", "setup", "--json", *words)
    (error,) = json.loads(ran.out)["errors"]
    assert (ran.code, error["code"]) == (2 if code == "usage" else 1, code)
    assert named in error["message"]
    assert not (tmp_path / "h").exists()


def login(home: Path, capsys: pytest.CaptureFixture[str], *, first: bool, **request: Any) -> str:
    (home / "secrets").mkdir(exist_ok=True)
    (home / "secrets/admin-password").write_text("s3cret\n")
    out = Output()
    platform = SimpleNamespace(settings=Settings())
    fake: Any = SimpleNamespace(**{"platform": platform, "start": True, "admin_password": ""} | request)
    command._show_login(App(home, "setup", out), fake, first, out)
    return capsys.readouterr().out


def test_a_generated_password_is_shown_only_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = login(tmp_path, capsys, first=True)
    assert "http://127.0.0.1:8080" in shown and "admin" in shown and "s3cret" in shown
    assert "s3cret" not in login(tmp_path, capsys, first=False)
    assert "s3cret" not in login(tmp_path, capsys, first=True, admin_password="own")


def test_a_platform_that_was_not_started_is_shown_with_the_command_that_starts_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"mlopsctl --home {tmp_path} start" in login(tmp_path, capsys, first=True, start=False)
