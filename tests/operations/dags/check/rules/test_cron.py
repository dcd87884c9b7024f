"""Schedules that Airflow cannot read."""

import ast
from pathlib import Path

import pytest

from mlopsctl.operations.dags.check.rules.cron import check_months, check_schedules
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


@pytest.mark.parametrize(
    ("schedule", "found"),
    [
        ("'0 0 31 2 *'", [("invalid-schedule", "error")]),
        ("CronTriggerTimetable('0 0 30 2 *', timezone='UTC')", [("invalid-schedule", "error")]),
        ("timetables.CronDataIntervalTimetable(cron='0 0 31 2 *')", [("invalid-schedule", "error")]),
        (
            "MultipleCronTriggerTimetable('0 0 31 * *', '0 0 30 2 *', timezone='UTC')",
            [("schedule-months", "warning"), ("invalid-schedule", "error")],
        ),
        ("'0 0 29 2 *'", [("schedule-months", "warning")]),
        ("'@yearly'", []),
        ("'30 2 * * *'", []),
        ("CronTriggerTimetable('0 0 L * *', timezone='UTC')", []),
        ("Other('0 0 31 2 *')", []),
        ("None", []),
    ],
)
def test_months_without_a_run(schedule: str, found: list[tuple[str, str]]) -> None:
    code = f"DAG('d', schedule={schedule}, start_date=datetime(2024, 1, 1, tzinfo=ZoneInfo('Europe/Berlin')))"
    source = Source(Path("d.py"), code, "utf-8", ast.parse(code))
    assert [(finding.rule, finding.severity) for finding in check_months(source)] == found
