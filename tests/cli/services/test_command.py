"""The command lines of start, stop, restart, status and logs. Real services: tests/live."""

import json
from pathlib import Path

import pytest

from tests.cli.backfill.test_command import home
from tests.conftest import Ran, call_cli

__all__ = ["home"]  # the fixture: a platform whose API server is not running


def test_a_restart_is_shown_as_one_step_per_service(home: Path) -> None:
    ran = call_cli("--home", home, "restart", "scheduler", "triggerer", "--dry-run")
    assert ran == Ran(0, "", "scheduler     restart\ntriggerer     restart\n")
    steps = json.loads(call_cli("--home", home, "restart", "scheduler", "--dry-run", "--json").out)["data"]["steps"]
    assert steps == [{"name": "scheduler", "state": "planned", "seconds": 0.0, "detail": "restart"}]


def test_the_log_of_a_dag_needs_a_task(home: Path) -> None:
    ran = call_cli("--home", home, "logs", "my_dag")
    assert ran.code == 1 and "no service 'my_dag'" in ran.err
    assert f"hint: mlopsctl --home {home} logs my_dag TASK   # or a service: postgres, " in ran.err


@pytest.mark.parametrize("words", [["scheduler", "--date", "today"], ["d", "t", "x"]])
def test_invalid_combinations_are_exit_2(home: Path, words: list[str]) -> None:
    ran = call_cli("--home", home, "logs", *words)
    assert (ran.code, ran.out) == (2, "") and ran.err.startswith("error: ")
