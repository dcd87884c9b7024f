"""Schedules that Airflow cannot read."""

import ast
from pathlib import Path

import pytest

from mlopsctl.operations.dags.check.rules.cron import check_schedules
from mlopsctl.operations.dags.check.source import Source


def lines(code: str) -> list[int]:
    return [finding.line for finding in check_schedules(Source(Path("d.py"), code, "utf-8", ast.parse(code)))]


@pytest.mark.parametrize("value", ["0 3 * *", "61 * * * *", "@dayly", "", "every day"])
def test_invalid_schedules(value: str) -> None:
    assert lines(f"DAG('d',\n  schedule={value!r})") == [2]
    assert lines(f"SCHEDULE = {value!r}\n@dag(schedule=SCHEDULE)\ndef d(): pass") == [2]


@pytest.mark.parametrize(
    "value",
    ["'0 3 * * *'", "'@daily'", "'@once'", "'@continuous'", "'0 0 * * MON#1'", "None", "f'{x} * * * *'", "[asset]"],
)
def test_valid_schedules(value: str) -> None:
    assert lines(f"DAG('d', schedule={value})") == []
