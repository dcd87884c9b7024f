"""What unpausing a DAG starts. That Airflow does so is seen in tests/live/test_backfill.py."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.model import DagDetails, DagRun
from mlopsctl.core.states import RunState
from mlopsctl.operations.dags import scheduled_runs, switch
from mlopsctl.operations.dags.scheduled_runs import LIMIT
from mlopsctl.operations.target import Target
from tests.operations.fake_airflow import DAILY

NOW = datetime(2024, 1, 11, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LATEST = datetime(2024, 1, 11, tzinfo=UTC)
FIRST = LATEST - 10 * DAY
PLAIN = replace(DAILY, paused=True, next_run=LATEST, next_run_after=LATEST)
CATCHUP = replace(PLAIN, next_run=FIRST, next_run_after=FIRST, catchup=True)


class Schedule:
    """The metadata of a DAG with a date each `every`. `existing`: dates that have a run."""

    def __init__(self, existing: Collection[datetime] = (), every: timedelta = DAY, error: str = "") -> None:
        self.existing, self.every, self.error = existing, every, error

    def slots(self, dag_id: str, start: datetime, end: datetime, limit: int) -> dict[datetime, Any]:
        if self.error:
            raise (Unavailable if self.error == "unreachable" else MlopsctlError)("no", code=self.error)
        number = min(int((end - start) / self.every) + 1, limit + 1)
        return {FIRST - DAY: None} | {start + n * self.every: None for n in range(number)}

    def runs_between(self, dag_id: str, start: datetime, end: datetime) -> list[DagRun]:
        return [DagRun("r", at, RunState.SUCCESS) for at in self.existing if start <= at <= end]


def read(dag: DagDetails, schedule: Schedule | None = None, **options: Any) -> scheduled_runs.ScheduledRuns:
    class Parts:
        metadata = schedule or Schedule()

    return scheduled_runs.read(cast(Target, Parts()), dag, now=NOW, **options)


@pytest.mark.parametrize(
    ("dag", "number", "asks"),
    [
        (PLAIN, 1, False),
        (replace(PLAIN, paused=False), 0, False),
        (replace(PLAIN, next_run=None, next_run_after=None), 0, False),  # @once that has run, an end_date in the past
        (replace(PLAIN, next_run_after=NOW + DAY), 0, False),
        (replace(PLAIN, periodic=False, schedule="@once", catchup=True), 1, False),
        (replace(PLAIN, periodic=False, schedule="@continuous"), None, False),
        (replace(CATCHUP, periodic=False, schedule="@continuous"), None, False),
        (CATCHUP, 11, True),
        (replace(CATCHUP, end=FIRST + 2 * DAY), 3, True),
        (replace(CATCHUP, next_run=None), None, True),  # the runs of a partition have no date
        (replace(PLAIN, catchup=True), 1, False),
    ],
)
def test_number_of_runs_and_whether_to_ask(dag: DagDetails, number: int | None, asks: bool) -> None:
    found = read(dag)
    assert (found.number, bool(found), bool(found.question)) == (number, number != 0, asks)


def test_named_and_existing_dates_do_not_count() -> None:
    assert read(CATCHUP, Schedule([FIRST + DAY]), named=[FIRST, LATEST]).number == 8
    assert not read(PLAIN, named=[LATEST])
    assert not read(PLAIN, Schedule([LATEST]))


def test_many_are_not_counted() -> None:
    found = read(CATCHUP, Schedule(every=timedelta(minutes=1)))
    assert (found.number, len(found.dates)) == (None, LIMIT)
    assert "more than 5,000 runs" in found.question


def test_schedule_that_the_api_does_not_list_has_an_unknown_number() -> None:
    assert read(CATCHUP, Schedule(error="unknown-schedule")).number is None
    with pytest.raises(Unavailable):
        read(CATCHUP, Schedule(error="unreachable"))


def test_message_names_the_first_date_and_how_to_avoid_the_runs() -> None:
    message = read(CATCHUP, at_most=True).message
    assert "up to 11 runs of its schedule, from 2024-01-01 09:00 Asia/Seoul on" in message.text
    assert message.hint.text() == "to avoid these runs, first set catchup=False in /h/d.py"
    assert "the run of its schedule for 2024-01-11 09:00 Asia/Seoul" in read(PLAIN).message.text
    assert "one run after the other" in read(replace(PLAIN, schedule="@continuous")).message.text


def test_unpausing_many_dags_asks_once_and_names_each() -> None:
    active = replace(PLAIN, paused=False)
    scheduled = {"a": read(CATCHUP), "b": read(PLAIN), "c": read(active)}
    plan = switch.plan_unpause(scheduled)
    assert [step.what for step in plan.steps] == ["unpause", "unpause", ""]
    assert len(plan.notes) == 2 and plan.asks == read(CATCHUP).question


def test_missed_runs_of_active_dags_with_catchup_are_named_after_a_stop() -> None:
    active = replace(CATCHUP, paused=False)
    dags = {
        "missed": replace(active, dag_id="missed"),
        "paused": replace(CATCHUP, dag_id="paused"),
        "latest-only": replace(PLAIN, dag_id="latest-only", paused=False),
        "in-time": replace(active, dag_id="in-time", next_run_after=NOW + DAY),
    }

    class Api:
        def dags(self) -> list[DagDetails]:
            return [replace(dag, catchup=False) for dag in dags.values()]

        def dag(self, dag_id: str) -> DagDetails:
            return dags[dag_id]

    class Parts:
        metadata, api = Schedule(), Api()

    (found,) = scheduled_runs.overdue(cast(Target, Parts()), NOW)
    message = found.missed_message
    assert "missed has catchup=True: the scheduler now starts 11 runs that it missed, from 2024-01-01" in message.text
    assert message.hint.command == ("dags", "pause", "missed")
