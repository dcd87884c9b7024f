"""The words of `mlopsctl dags`. Real DAGs are in tests/live/test_dags.py."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.test_backfill import home
from tests.conftest import Ran

__all__ = ["home"]  # the fixture: a platform whose API server does not run


def test_the_group_alone_is_wrong_usage_and_shows_what_there_is(cli: Callable[..., Ran]) -> None:
    ran = cli("dags")
    assert ran.code == 2
    assert "errors" in ran.err and "list" in ran.err


def test_a_server_that_does_not_run_is_one_sentence(cli: Callable[..., Ran], home: Path) -> None:
    for words in (("list",), ("errors",)):
        ran = cli("--home", home, "dags", *words)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("error: Airflow's API server ")
