"""Runs that would do nothing, and the dates to use instead."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import DagDetails, TaskDates, TaskInstance
from mlopsctl.core.states import TaskState
from mlopsctl.operations import outside_dates, task_dates
from tests.operations.fake_airflow import UNSCHEDULED


def outside(dag: DagDetails, instants: list[datetime], option: Any = "--from") -> MlopsctlError | None:
    """Of a DAG whose only task has its dates."""
    return outside_dates.check(dag, [TaskDates("work", dag.start, dag.end)], instants, option)


SEOUL_JUNE = replace(
    UNSCHEDULED, start=datetime(2023, 5, 31, 15, tzinfo=UTC), end=datetime(2023, 6, 30, 14, 59, tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("dag", "day", "hint"),
    [
        (SEOUL_JUNE, datetime(2023, 5, 31, tzinfo=UTC), "narrow the range with --from 2023-06-01"),
        (SEOUL_JUNE, datetime(2023, 7, 1, tzinfo=UTC), "narrow the range with --to 2023-06-30"),
        (
            replace(UNSCHEDULED, start=datetime(2023, 6, 1, 3, tzinfo=UTC)),
            datetime(2023, 6, 1, tzinfo=UTC),
            "narrow the range with --from 2023-06-02",
        ),
    ],
)
def test_dates_outside_of_the_dags_dates_are_an_error(dag: DagDetails, day: datetime, hint: str) -> None:
    inside = datetime(2023, 6, 15, tzinfo=UTC)
    error = outside(dag, [day, inside])
    assert error and error.code == "outside" and error.hint.text().startswith(hint)
    alone = outside(dag, [day])  # no narrower range would do
    assert alone and alone.hint.text().startswith(f"use dates {'up to' if '--to' in hint else 'from'} {hint[-10:]}")
    assert "1 of these runs" in error.message


ENDS_AT_MIDNIGHT = replace(UNSCHEDULED, end=datetime(2023, 6, 29, 15, tzinfo=UTC))  # of the 30th in Seoul


SCHEDULE = {"schedule": "0 9 * * *", "backfillable": True}


@pytest.mark.parametrize(
    ("schedule", "option"),
    [({}, "--from"), ({}, "--dates"), ({}, "--date"), (SCHEDULE, "--from"), (SCHEDULE, "now")],
)
def test_the_day_in_the_remedy_is_accepted(schedule: dict[str, Any], option: Any) -> None:
    dag = replace(ENDS_AT_MIDNIGHT, **schedule)
    nine = [datetime(2023, 6, day, tzinfo=UTC) for day in (28, 29, 30)]  # 09:00 in Seoul
    error = outside(dag, nine[-1:] if option in ("--date", "now") else nine, option)
    assert error and "2023-06-29" in error.hint.text()
    assert outside(dag, nine[:2], option) is None


def test_a_day_with_all_its_runs_inside_is_kept() -> None:
    noon = datetime(2023, 6, 30, 3, tzinfo=UTC)
    dag = replace(UNSCHEDULED, end=noon, schedule="0 9 * * *", backfillable=True, periodic=True)
    error = outside(dag, [datetime(2023, 6, 30, tzinfo=UTC), datetime(2023, 7, 1, tzinfo=UTC)])
    assert error and "--to 2023-06-30" in error.hint.text()


def test_dates_inside_of_the_dags_dates() -> None:
    assert outside(SEOUL_JUNE, [datetime(2023, 6, n, tzinfo=UTC) for n in range(1, 31)]) is None
    assert outside(replace(SEOUL_JUNE, start=None, end=None), [datetime(1999, 1, 1, tzinfo=UTC)]) is None


def test_remedy_for_one_date_is_another_date() -> None:
    early = outside(SEOUL_JUNE, [datetime(2023, 5, 31, tzinfo=UTC)], "--date")
    assert early and early.hint.text() == "use --date 2023-06-01, its first day, or change the start_date of the DAG"
    assert "this run" in early.message
    late = outside(SEOUL_JUNE, [datetime(2023, 7, 1, tzinfo=UTC)], "--date")
    assert late and late.hint.text() == "use --date 2023-06-30, its last day, or change the end_date of the DAG"


def test_remedy_for_a_list_of_dates_is_to_leave_some_out() -> None:
    early = outside(SEOUL_JUNE, [datetime(2023, 5, 31, tzinfo=UTC)], "--dates")
    assert early and early.hint.text() == "leave out the days before 2023-06-01, or change the start_date of the DAG"
    late = outside(SEOUL_JUNE, [datetime(2023, 7, 1, tzinfo=UTC)], "--dates")
    assert late and late.hint.text() == "leave out the days after 2023-06-30, or change the end_date of the DAG"


def task(start: int | None, end: int | None = None, name: str = "work", after: str = "") -> TaskDates:
    """Of days of January in UTC."""
    first, last = (day and datetime(2024, 1, day, tzinfo=UTC) for day in (start, end))
    return TaskDates(name, first or None, last or None, (after,) if after else ())


JANUARY = [datetime(2024, 1, day, tzinfo=UTC) for day in range(1, 6)]


@pytest.mark.parametrize(
    ("tasks", "message", "hint"),
    [
        ([task(3)], "work, the only task of d, starts on 2024-01-03 09:00 Asia/Seoul: Airflow would run no task in 2",
         "narrow the range with --from 2024-01-03, or change the start_date of the tasks"),
        ([task(3), task(4)], "no task of d starts before 2024-01-03 09:00 Asia/Seoul: Airflow would run no task in 2",
         "narrow the range with --from 2024-01-03, or change the start_date of the tasks"),
        ([task(None, 2), task(1, 3)], "no task of d ends after 2024-01-03 09:00 Asia/Seoul",
         "narrow the range with --to 2024-01-03, or change the end_date of the tasks"),
        ([task(None, 2), task(4)], "no task of d has this date between its start_date and its end_date",
         "leave these days out, or change the dates of the tasks"),
        ([], "d has no tasks: Airflow would run no task in 5 of these runs", "add a task to /h/d.py"),
    ],
)  # fmt: skip
def test_dates_of_the_tasks_count_as_those_of_the_dag(tasks: list[TaskDates], message: str, hint: str) -> None:
    error = outside_dates.check(UNSCHEDULED, tasks, JANUARY)
    assert error and error.message.startswith(message)
    assert error.hint.text() == hint


def test_a_task_for_each_date_is_enough() -> None:
    assert outside_dates.check(UNSCHEDULED, [task(None, 3), task(3)], JANUARY) is None


def test_tasks_that_some_runs_do_not_have_are_named_with_those_that_wait_for_them() -> None:
    tasks = [task(None, name="a", after="b"), task(3, name="b", after="c"), task(None, name="c")]
    assert list(task_dates.left_out(UNSCHEDULED, tasks, JANUARY)) == [
        "2 of 5 new runs will not have b: b starts on 2024-01-03 09:00 Asia/Seoul. c cannot run without it either, and "
        "Airflow marks such runs as failed."
    ]
    always = [*tasks[:2], replace(tasks[2], waits=False)]
    assert "c cannot run" not in next(task_dates.left_out(UNSCHEDULED, always, JANUARY))
    last = [tasks[0], task(3, 4, name="b")]
    (text,) = task_dates.left_out(UNSCHEDULED, last, JANUARY)
    assert text.endswith("b starts on 2024-01-03 09:00 Asia/Seoul and ends on 2024-01-04 09:00 Asia/Seoul.")
    assert not list(task_dates.left_out(UNSCHEDULED, last, JANUARY[2:4]))
    assert not list(task_dates.left_out(UNSCHEDULED, [task(9)], JANUARY))  # none has any: that is an error


DAILY = replace(UNSCHEDULED, schedule="@daily", backfillable=True, periodic=True)


@pytest.mark.parametrize(
    ("option", "days", "hint"),
    [
        ("--dates", 2, "backfill d --from 2024-01-01 --to 2024-01-02"),
        ("--date", 1, "backfill d --from 2024-01-01 --to 2024-01-01"),
        ("now", 1, ""),
    ],
)
def test_airflows_own_backfill_is_suggested_where_it_can_run_them(option: Any, days: int, hint: str) -> None:
    error = outside_dates.check(DAILY, [task(4)], JANUARY[:days], option)
    assert error and " ".join(error.hint.command) == hint


def test_days_with_gaps_are_no_range(tmp_path: object) -> None:
    error = outside_dates.check(DAILY, [task(4)], [JANUARY[0], JANUARY[2]], "--dates")
    assert error and error.hint.text().startswith("leave out the days before 2024-01-05")


@pytest.mark.parametrize(("missing", "text"), [("b", "the run does not have b, which comes before c"), ("x", "")])
def test_run_that_waits_for_a_task_that_it_does_not_have(missing: str, text: str) -> None:
    tasks = [task(None, name="a", after=missing), task(3, name=missing, after="c" if missing == "b" else "a")]
    instances = [TaskInstance("a", TaskState.SUCCESS, 1), TaskInstance("c", TaskState.NONE, 0)]
    assert task_dates.deadlock([*tasks, task(None, name="c")], instances) == text
