"""The words of start, stop, restart, status and logs. Real services are in tests/live."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.backfill.test_command import home
from tests.conftest import Ran

__all__ = ["home"]  # the fixture: a platform whose API server does not run
Cli = Callable[..., Ran]


def test_a_restart_is_shown_as_one_step_per_service(cli: Cli, home: Path) -> None:
    ran = cli("--home", home, "restart", "scheduler", "triggerer", "--dry-run")
    assert ran == Ran(0, "", "scheduler     restart\ntriggerer     restart\n")
    steps = json.loads(cli("--home", home, "restart", "scheduler", "--dry-run", "--json").out)["data"]["steps"]
    assert steps == [{"name": "scheduler", "state": "planned", "seconds": 0.0, "detail": "restart"}]


def test_a_dag_is_no_service_and_its_log_is_that_of_a_task(cli: Cli, home: Path) -> None:
    services = "postgres, mariadb, api-server, scheduler, dag-processor, triggerer"
    assert cli("--home", home, "logs", "my_dag") == Ran(
        1,
        "",
        "error: there is no service 'my_dag'; the log of a DAG is that of one of its tasks.\n"
        f"hint: mlopsctl --home {home} logs my_dag TASK   # or a service: {services}\n",
    )


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["scheduler", "--date", "today"], "--date and --try belong to the log of a task."),
        (["d", "t", "-f"], "-f follows the log of a service only."),
        (["d", "t", "x"], "logs takes a service, or a DAG and a task."),
    ],
)
def test_wrong_words_are_exit_2(cli: Cli, home: Path, words: list[str], error: str) -> None:
    ran = cli("--home", home, "logs", *words)
    assert (ran.code, ran.out) == (2, "") and ran.err.startswith(f"error: {error}")
