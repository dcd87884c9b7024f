"""DAGs that start all missed runs as soon as Airflow reads them."""

import ast
from pathlib import Path

import pytest

from mlopsctl.operations.dags.check.rules.catchup import check_catchup
from mlopsctl.operations.dags.check.source import Source

UNPAUSED = "is_paused_upon_creation=False"


def lines(code: str) -> list[int]:
    return [finding.line for finding in check_catchup(Source(Path("d.py"), code, "utf-8", ast.parse(code)))]


def test_unpaused_dag_with_catchup() -> None:
    assert lines(f"\nDAG('d', schedule='@daily', catchup=True, {UNPAUSED})") == [2]
    assert lines(f"@dag(schedule=timedelta(1), catchup=True, {UNPAUSED})\ndef d(): pass") == [1]


@pytest.mark.parametrize(
    "arguments",
    [
        "schedule='@daily', catchup=True",
        f"schedule='@daily', catchup=False, {UNPAUSED}",
        f"schedule='@daily', {UNPAUSED}",
        f"schedule=None, catchup=True, {UNPAUSED}",
        f"schedule='@once', catchup=True, {UNPAUSED}",
        f"catchup=True, {UNPAUSED}",
    ],
)
def test_dag_that_starts_at_most_one_run(arguments: str) -> None:
    assert lines(f"DAG('d', {arguments})") == []
