"""Dates of a range, and what they are read from. tests/live shows that Airflow finds the same ones."""

import json
import threading
import time
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.model import DagDetails, DagRun, Interval
from mlopsctl.core.states import EngineName, Selection
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.planning.resolve import Slots, Sources, resolve
from tests.operations.fake_airflow import UNSCHEDULED, FakeAirflow

HOUR = timedelta(hours=1)
DAILY = replace(UNSCHEDULED, timezone="UTC", backfillable=True, periodic=True, schedule="@daily", empty_intervals=True)


class Schedule(FakeAirflow):
    """Airflow's dry run of a schedule of every `step`, and its timetable; the ranges that each was asked for."""

    def __init__(self, folder: Path, step: timedelta = 24 * HOUR, **states: str) -> None:
        super().__init__(folder, **states)
        self.step = step
        self.dry: list[Interval] = []
        self.slots: list[Interval] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/dry_run"):
            return super().answer(request)
        body = json.loads(request.content)
        bounds = datetime.fromisoformat(body["from_date"]), datetime.fromisoformat(body["to_date"])
        self.dry.append(bounds)
        return httpx.Response(200, json={"backfills": [{"logical_date": at.isoformat()} for at in self._at(bounds)]})

    def _at(self, bounds: Interval) -> list[datetime]:
        first, last = bounds
        origin = datetime(2020, 1, 1, tzinfo=UTC)
        numbers = range((first - origin) // self.step, (last - origin) // self.step + 1)
        return [at for n in numbers if first <= (at := origin + n * self.step) <= last]

    def timetable(self, bounds: Interval) -> Slots:
        self.slots.append(bounds)
        return {at: (at, at + self.step) for at in self._at(bounds)}

    def resolve(
        self, first: str, last: str, dag: DagDetails = DAILY, request: BackfillRequest | None = None
    ) -> BackfillPlan:
        days = date.fromisoformat(first), date.fromisoformat(last)
        return resolve(self.api, dag, *days, request or BackfillRequest(), Sources(slots=self.timetable))


def test_short_range_is_read_from_dry_runs(tmp_path: Path) -> None:
    schedule = Schedule(tmp_path)
    plan = schedule.resolve("2024-01-01", "2024-01-31")
    assert len(plan.runs) == 31 and len(schedule.dry) == 2 and not schedule.slots
    assert plan.runs[0].interval == (plan.runs[0].logical_date, plan.runs[0].logical_date)


def test_schedule_without_a_date_is_named(tmp_path: Path) -> None:
    """Airflow would answer with an exception of croniter."""
    schedule = Schedule(tmp_path)
    with pytest.raises(MlopsctlError, match="no day matches 0 0 31 2") as error:
        schedule.resolve("2024-01-01", "2024-01-31", replace(DAILY, schedule="0 0 31 2 *"))
    assert error.value.code == "no-dates" and "0 0 L 2 *" in error.value.hint.text()
    assert not schedule.dry and not schedule.slots


@pytest.mark.parametrize("last", ["2024-01-02", "2025-12-31"])
def test_dates_come_from_the_timetable_where_airflow_has_no_backfills(tmp_path: Path, last: str) -> None:
    schedule = Schedule(tmp_path)
    plan = schedule.resolve("2024-01-01", last, replace(DAILY, backfillable=False, empty_intervals=False))
    assert plan.runs[0].interval == (plan.runs[0].logical_date, plan.runs[0].logical_date + 24 * HOUR)
    assert plan.engine == EngineName.PER_RUN
    assert len(schedule.slots) == 1 and not schedule.dry


def test_longer_range_needs_two_dry_runs(tmp_path: Path) -> None:
    schedule = Schedule(tmp_path)
    assert len(schedule.resolve("2024-01-01", "2024-03-30").runs) == 90
    assert len(schedule.dry) == 2 and not schedule.slots


@pytest.mark.parametrize(
    ("step", "last", "runs", "asked"),
    [
        (HOUR, "2024-05-31", 3648, 24 * HOUR),
        (24 * HOUR, "2033-12-28", 3650, 24 * HOUR),
        (HOUR / 60, "2024-01-01", 1440, HOUR),
    ],
)
def test_many_dates_come_from_the_timetable_after_a_short_dry_run(
    tmp_path: Path, step: timedelta, last: str, runs: int, asked: timedelta
) -> None:
    schedule = Schedule(tmp_path, step)
    plan = schedule.resolve("2024-01-01", last)
    assert len(plan.runs) == runs
    ((first, end),) = schedule.dry
    assert end - first == asked - timedelta(microseconds=1)
    assert len(schedule.slots) == 1


def test_each_run_has_the_data_interval_of_the_schedule(tmp_path: Path) -> None:
    plan = Schedule(tmp_path).resolve("2024-01-01", "2024-01-02", replace(DAILY, empty_intervals=False))
    at = plan.runs[0].logical_date
    assert plan.runs[0].interval == (at, at + timedelta(days=1))


def test_named_days_select_their_runs_and_the_per_run_engine(tmp_path: Path) -> None:
    days = (date(2024, 1, 3), date(2024, 1, 5))
    plan = Schedule(tmp_path, d2024_01_04="failed").resolve(
        "2024-01-03", "2024-01-05", request=BackfillRequest(days=days)
    )
    assert [run.date for run in plan.runs] == list(days)
    assert plan.engine == EngineName.PER_RUN
    assert plan.unrequested == {"failed": 1}


def test_holes_are_runs_whose_day_has_no_row_even_successful_ones(tmp_path: Path) -> None:
    asked: list[tuple[date, date]] = []

    def holes(first: date, last: date) -> Collection[date]:
        asked.append((first, last))
        return [date(2024, 1, 2), date(2024, 1, 4)]

    airflow = FakeAirflow(tmp_path, d2024_01_01="success", d2024_01_02="success", d2024_01_03="failed")
    days = date(2024, 1, 1), date(2024, 1, 5)
    plan = resolve(airflow.api, UNSCHEDULED, *days, BackfillRequest(only=Selection.HOLES), Sources(empty_days=holes))
    assert [(run.ds, run.action) for run in plan.runs] == [("2024-01-02", "again"), ("2024-01-04", "new")]
    assert asked == [days] and plan.engine == EngineName.PER_RUN


def test_day_of_a_hole_is_in_the_dags_time_zone(tmp_path: Path) -> None:
    hourly, hole = Schedule(tmp_path, HOUR), date(2024, 1, 3)
    sources = Sources(slots=hourly.timetable, empty_days=lambda first, last: [hole])
    seoul = replace(DAILY, timezone="Asia/Seoul")
    plan = resolve(
        hourly.api, seoul, date(2024, 1, 2), date(2024, 1, 4), BackfillRequest(only=Selection.HOLES), sources
    )
    assert [run.date for run in plan.runs] == [hole] * 24
    assert (plan.runs[0].ds, plan.runs[-1].ds) == ("2024-01-02", "2024-01-03")


def test_orphaned_run_runs_again_and_unclearable_ones_are_marked(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="queued", d2024_01_02="queued", d2024_01_03="failed")
    sources = Sources(unclearable=lambda: {"manual__d2024_01_01", "manual__d2024_01_03"})
    plan = resolve(
        airflow.api, UNSCHEDULED, date(2024, 1, 1), date(2024, 1, 3), BackfillRequest(only=Selection.MISSING), sources
    )
    assert [(run.action, run.orphaned, run.unclearable) for run in plan.runs] == [
        ("again", True, True), ("kept", False, False), ("kept", False, True),
    ]  # fmt: skip


def test_success_without_a_task_is_marked(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success", d2024_01_02="success")
    sources = Sources(empty_runs=lambda bounds: {"manual__d2024_01_02"})
    plan = resolve(airflow.api, UNSCHEDULED, date(2024, 1, 1), date(2024, 1, 3), BackfillRequest(), sources)
    assert [(run.action, run.empty) for run in plan.runs] == [("kept", False), ("kept", True), ("new", False)]


def test_ten_years_are_resolved_quickly(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    for n in range(3650):
        airflow.add_run(f"{date(2014, 1, 1) + timedelta(days=n)}T00:00:00+00:00", "success", f"r{n}")
    began = time.process_time()
    plan = resolve(
        airflow.api, replace(UNSCHEDULED, timezone="UTC"), date(2014, 1, 1), date(2023, 12, 29), BackfillRequest()
    )
    assert [run.action for run in plan.runs] == ["kept"] * 3650
    assert time.process_time() - began < 4  # most of it is the airflow server's


def test_unclearable_runs_are_asked_for_while_runs_are_read(tmp_path: Path) -> None:
    airflow, asked = FakeAirflow(tmp_path, d2024_01_01="success"), threading.Event()

    def unclearable() -> set[str]:
        asked.set()
        return set()

    def runs(dag_id: str, start: datetime, end: datetime) -> list[DagRun]:
        assert asked.wait(5), "it waits for the runs"
        return airflow.api.runs(dag_id, start, end)

    day = date(2024, 1, 1)
    plan = resolve(airflow.api, UNSCHEDULED, day, day, BackfillRequest(), Sources(unclearable=unclearable, runs=runs))
    assert [run.state for run in plan.runs] == ["success"]


NINE = datetime(2024, 1, 5, tzinfo=UTC)  # in the morning of 2024-01-05 in Seoul
LEFT_OUT = "the run of 2024-01-05 cannot start before its logical date"


@pytest.mark.parametrize(
    ("now", "last", "notes"), [(NINE - timedelta(seconds=1), 4, 1), (NINE, 5, 0), (NINE + timedelta(hours=15), 5, 0)]
)
def test_day_whose_run_cannot_start_yet_is_left_out(tmp_path: Path, now: datetime, last: int, notes: int) -> None:
    days = date(2024, 1, 3), date(2024, 1, 5)
    plan = resolve(FakeAirflow(tmp_path).api, UNSCHEDULED, *days, BackfillRequest(), now=now)
    assert [run.date.day for run in plan.runs] == list(range(3, last + 1))
    assert plan.end == date(2024, 1, last)
    assert [warning.startswith(LEFT_OUT) for warning in plan.warnings] == [True] * notes


def test_named_day_whose_run_cannot_start_yet_is_left_out(tmp_path: Path) -> None:
    days = date(2024, 1, 3), date(2024, 1, 5)
    plan = resolve(
        FakeAirflow(tmp_path).api, UNSCHEDULED, *days, BackfillRequest(days=days), now=NINE - timedelta(hours=1)
    )
    assert [run.date for run in plan.runs] == list(plan.request.days) == [plan.end] == [date(2024, 1, 3)]
    (warning,) = plan.warnings
    assert warning.startswith(LEFT_OUT) and warning.endswith("It is left out.")


@pytest.mark.parametrize(
    ("days", "hint"), [((), "use --from yesterday --to yesterday"), ((date(2024, 1, 5),), "use --dates yesterday")]
)
def test_range_without_a_run_that_can_start_is_an_error(tmp_path: Path, days: tuple[date, ...], hint: str) -> None:
    airflow, today = FakeAirflow(tmp_path), date(2024, 1, 5)
    with pytest.raises(UsageError, match=LEFT_OUT) as caught:
        resolve(airflow.api, UNSCHEDULED, today, today, BackfillRequest(days=days), now=NINE - timedelta(hours=9))
    assert (caught.value.code, caught.value.hint.text()) == ("empty-range", hint)
    assert not airflow.requests


@pytest.mark.parametrize(
    ("run_id", "at", "planned"),
    [
        ("manual__x", "2024-01-02T00:00:00+00:00", [1, 2, 3]),
        ("manual__x", "2024-01-02T13:30:00+00:00", [1, 3]),
        ("mlopsctl__20240102T133000.000001", "2024-01-02T13:30:00+00:00", [1, 3]),  # of `trigger`, and of no date
        ("mlopsctl__20240102T000000.000000", "2024-01-02T00:00:00+00:00", [1, 2, 3]),
    ],
)
def test_active_manual_run_belongs_to_the_schedule_if_its_instant_does(
    tmp_path: Path, run_id: str, at: str, planned: list[int]
) -> None:
    schedule = Running(tmp_path, datetime(2024, 1, 2, tzinfo=UTC))
    schedule.add_run(at, "running", run_id)
    plan = schedule.resolve("2024-01-01", "2024-01-03")
    assert [run.logical_date.day for run in plan.runs] == planned
    assert len(schedule.slots) == 1
    assert [run.state for run in plan.runs if run.logical_date.day == 2] == ["running"] * (len(planned) - 2)


@pytest.mark.parametrize(("run_id", "state"), [("mlopsctl__ab12cd__2024-01-02", "queued"), ("manual__x", "success")])
def test_timetable_is_not_asked_for_own_or_ended_runs(tmp_path: Path, run_id: str, state: str) -> None:
    schedule = Running(tmp_path, datetime(2024, 1, 2, tzinfo=UTC)) if state == "queued" else Schedule(tmp_path)
    schedule.add_run("2024-01-02T00:00:00+00:00", state, run_id)
    assert [run.logical_date.day for run in schedule.resolve("2024-01-01", "2024-01-03").runs] == [1, 2, 3]
    assert not schedule.slots


class Running(Schedule):
    """Its dry run leaves out a date, as Airflow's does if the run at that instant is active."""

    def __init__(self, folder: Path, moving: datetime) -> None:
        super().__init__(folder)
        self.moving, self.asking = moving, False

    def _at(self, bounds: Interval) -> list[datetime]:
        return [at for at in super()._at(bounds) if self.asking or at != self.moving]

    def timetable(self, bounds: Interval) -> Slots:
        self.asking = True
        return super().timetable(bounds)


def test_too_many_dates_are_refused_with_a_range_that_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlopsctl.operations.backfill.planning.resolve.MAX_SLOTS", 1000)
    schedule = Schedule(tmp_path, HOUR)
    with pytest.raises(UsageError) as caught:
        schedule.resolve("2024-01-01", "2024-02-29")
    assert caught.value.code == "too-many-runs" and "more than 1,000 runs" in caught.value.message
    assert "--from 2024-01-01 --to 2024-02-10" in caught.value.hint.text()
    assert len(schedule.resolve("2024-01-01", "2024-02-10").runs) == 984


def test_interval_schedule_is_counted_from_the_start_of_the_range(tmp_path: Path) -> None:
    """As Airflow does for a timedelta: each dry run has dates from its own start on."""

    class FromStart(Schedule):
        def _at(self, bounds: Interval) -> list[datetime]:
            first, last = bounds
            return [first + n * self.step for n in range((last - first) // self.step + 1)]

    for last, number in (("2024-01-03", 12), ("2024-03-30", 360)):
        runs = FromStart(tmp_path, 6 * HOUR).resolve("2024-01-01", last).runs
        assert len(runs) == number and {run.logical_date.hour for run in runs} == {0, 6, 12, 18}
