"""The command lines of start, stop, restart, status and logs. Real services: tests/live."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.backfill.test_command import home
from tests.conftest import Ran

__all__ = ["home"]  # the fixture: a platform whose API server is not running
Cli = Callable[..., Ran]


def test_a_restart_is_shown_as_one_step_per_service(cli: Cli, home: Path) -> None:
    ran = cli("--home", home, "restart", "scheduler", "triggerer", "--dry-run")
    assert ran == Ran(0, "", "scheduler     restart\ntriggerer     restart\n")
    steps = json.loads(cli("--home", home, "restart", "scheduler", "--dry-run", "--json").out)["data"]["steps"]
    assert steps == [{"name": "scheduler", "state": "planned", "seconds": 0.0, "detail": "restart"}]


def test_the_log_of_a_dag_needs_a_task(cli: Cli, home: Path) -> None:
    ran = cli("--home", home, "logs", "my_dag")
    assert ran.code == 1 and "no service 'my_dag'" in ran.err
    assert f"hint: mlopsctl --home {home} logs my_dag TASK   # or a service: postgres, " in ran.err


@pytest.mark.parametrize("words", [["scheduler", "--date", "today"], ["d", "t", "-f"], ["d", "t", "x"]])
def test_invalid_combinations_are_exit_2(cli: Cli, home: Path, words: list[str]) -> None:
    ran = cli("--home", home, "logs", *words)
    assert (ran.code, ran.out) == (2, "") and ran.err.startswith("error: ")
