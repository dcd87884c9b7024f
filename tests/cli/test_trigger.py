"""The words of `mlopsctl trigger`. Real runs are in tests/live/test_trigger.py."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.test_backfill import home
from tests.conftest import Ran

__all__ = ["home"]  # the fixture: a platform whose API server does not run
Cli = Callable[..., Ran]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ([], "missing argument 'DAG'"),
        (["d", "--date", "31.1.2024"], "'31.1.2024' is not a date."),
        (["d", "--timeout", "5m"], "--timeout is how long --wait waits."),
        (["d", "--wait", "--timeout", "5 minutes"], "'5 minutes' is not a duration."),
        (["d", "--conf", "a=1"], "--conf is not JSON"),
    ],
)
def test_wrong_words_are_exit_2(cli: Cli, home: Path, words: list[str], error: str) -> None:
    ran = cli("--home", home, "trigger", *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ") and error in ran.err


def test_a_server_that_does_not_run_comes_with_the_command_that_starts_it(cli: Cli, home: Path) -> None:
    ran = cli("--home", home, "trigger", "d")
    assert ran.code == 1
    assert ran.err.endswith(f"hint: mlopsctl --home {home} start\n")
