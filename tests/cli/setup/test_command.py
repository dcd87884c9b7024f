"""The words of `mlopsctl setup`. Real ones are in tests/live/test_setup.py."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran

Cli = Callable[..., Ran]


def test_the_plan_is_of_what_changes_something(cli: Cli, tmp_path: Path) -> None:
    ran = cli("--home", tmp_path / "h", "setup", "--dry-run", "--no-seed", "--json")
    steps = json.loads(ran.out)["data"]["steps"]
    assert {step["state"] for step in steps} <= {"planned", "ok"}
    assert "verify" not in [step["name"] for step in steps] and "start" in [step["name"] for step in steps]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--timezone", "Asia/Soul"], "usage", "'timezone' must be a time zone such as Asia/Seoul, not 'Asia/Soul'."),
        (["--admin-user", ""], "usage", "the name of the admin user is empty."),
        (["--admin-password-file", "/dev/null"], "usage", "/dev/null contains no password."),
        (["--seed-to", "2024-13"], "usage", "'2024-13' is not a month."),
        (["--requirements", "/nowhere.txt"], "no-requirements", "the requirements file /nowhere.txt does not exist."),
    ],
)
@pytest.mark.parametrize("dry", [["--dry-run"], []])
def test_wrong_words_leave_nothing_behind(
    cli: Cli, tmp_path: Path, words: list[str], dry: list[str], code: str, says: str
) -> None:
    ran = cli("--home", tmp_path / "h", "setup", "--json", *words, *dry)
    (error,) = json.loads(ran.out)["errors"]
    assert (ran.code, error["code"]) == (2 if code == "usage" else 1, code)
    assert says in error["message"]
    assert not (tmp_path / "h").exists()
