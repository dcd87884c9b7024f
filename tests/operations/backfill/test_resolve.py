"""Which dates are wanted, and from where they are known. That Airflow means the same is for tests/live to show."""

import json
import threading
import time
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from mlopsctl.core.errors import UsageError
from mlopsctl.core.model import DagDetails, DagRun
from mlopsctl.core.states import Selection
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.resolve import Bounds, Slots, Sources, join
from tests.operations.fake_airflow import UNSCHEDULED, Scripted

HOUR = timedelta(hours=1)
DAILY = replace(UNSCHEDULED, timezone="UTC", periodic=True, schedule="@daily", exact=True)


class Schedule(Scripted):
    """Airflow's dry run of a schedule of every `step`, and its timetable; the ranges that each was asked for."""

    def __init__(self, folder: Path, step: timedelta = 24 * HOUR, **states: str) -> None:
        super().__init__(folder, **states)
        self.step = step
        self.dry: list[Bounds] = []
        self.slots: list[Bounds] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/dry_run"):
            return super().answer(request)
        body = json.loads(request.content)
        bounds = datetime.fromisoformat(body["from_date"]), datetime.fromisoformat(body["to_date"])
        self.dry.append(bounds)
        return httpx.Response(200, json={"backfills": [{"logical_date": at.isoformat()} for at in self._at(bounds)]})

    def _at(self, bounds: Bounds) -> list[datetime]:
        first, last = bounds
        whole = [datetime(2020, 1, 1, tzinfo=UTC) + n * self.step for n in range(0, 200_000)]
        return [at for at in whole if first <= at <= last]

    def timetable(self, bounds: Bounds) -> Slots:
        self.slots.append(bounds)
        return {at: (at, at + self.step) for at in self._at(bounds)}

    def join(
        self, first: str, last: str, dag: DagDetails = DAILY, request: BackfillRequest | None = None
    ) -> BackfillPlan:
        days = date.fromisoformat(first), date.fromisoformat(last)
        return join(self.api, dag, *days, request or BackfillRequest(), Sources(slots=self.timetable))


def test_of_a_short_range_one_dry_run_tells_all(tmp_path: Path) -> None:
    schedule = Schedule(tmp_path)
    plan = schedule.join("2024-01-01", "2024-01-31")
    assert len(plan.runs) == 31 and len(schedule.dry) == 1 and not schedule.slots
    assert plan.runs[0].interval == (plan.runs[0].logical_date, plan.runs[0].logical_date)


def test_of_a_longer_one_two(tmp_path: Path) -> None:
    schedule = Schedule(tmp_path)
    assert len(schedule.join("2024-01-01", "2024-03-30").runs) == 90
    assert len(schedule.dry) == 2 and not schedule.slots


@pytest.mark.parametrize(("step", "last", "runs"), [(HOUR, "2024-05-31", 3648), (24 * HOUR, "2033-12-28", 3650)])
def test_of_many_dates_the_timetable_is_asked_and_the_dry_run_for_a_week_alone(
    tmp_path: Path, step: timedelta, last: str, runs: int
) -> None:
    schedule = Schedule(tmp_path, step)
    plan = schedule.join("2024-01-01", last)
    assert len(plan.runs) == runs
    ((first, end),) = schedule.dry
    assert end - first == timedelta(days=7)
    assert len(schedule.slots) == 1


def test_a_schedule_with_data_intervals_tells_them_for_each_run(tmp_path: Path) -> None:
    plan = Schedule(tmp_path).join("2024-01-01", "2024-01-02", replace(DAILY, exact=False))
    at = plan.runs[0].logical_date
    assert plan.runs[0].interval == (at, at + timedelta(days=1))


def test_of_named_days_only_their_runs_are_wanted_run_by_run(tmp_path: Path) -> None:
    days = (date(2024, 1, 3), date(2024, 1, 5))
    plan = Schedule(tmp_path, d2024_01_04="failed").join("2024-01-03", "2024-01-05", request=BackfillRequest(days=days))
    assert [run.date for run in plan.runs] == list(days)
    assert plan.engine == "runs"
    assert plan.others == {"failed": 1}


def test_holes_are_the_runs_whose_day_has_no_row_successful_or_not(tmp_path: Path) -> None:
    asked: list[tuple[date, date]] = []

    def holes(first: date, last: date) -> Collection[date]:
        asked.append((first, last))
        return [date(2024, 1, 2), date(2024, 1, 4)]

    scripted = Scripted(tmp_path, d2024_01_01="success", d2024_01_02="success", d2024_01_03="failed")
    days = date(2024, 1, 1), date(2024, 1, 5)
    plan = join(scripted.api, UNSCHEDULED, *days, BackfillRequest(only=Selection.HOLES), Sources(holes=holes))
    assert [(run.ds, run.action) for run in plan.runs] == [("2024-01-02", "again"), ("2024-01-04", "new")]
    assert asked == [days] and plan.engine == "runs"


def test_the_day_of_a_hole_is_the_one_in_the_dags_time_zone_and_not_ds(tmp_path: Path) -> None:
    hourly, hole = Schedule(tmp_path, HOUR), date(2024, 1, 3)
    sources = Sources(slots=hourly.timetable, holes=lambda first, last: [hole])
    seoul = replace(DAILY, timezone="Asia/Seoul")
    plan = join(hourly.api, seoul, date(2024, 1, 2), date(2024, 1, 4), BackfillRequest(only=Selection.HOLES), sources)
    assert [run.date for run in plan.runs] == [hole] * 24
    assert (plan.runs[0].ds, plan.runs[-1].ds) == ("2024-01-02", "2024-01-03")


def test_a_run_that_is_queued_for_ever_is_run_again_and_one_that_would_be_is_marked(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="queued", d2024_01_02="queued", d2024_01_03="failed")
    sources = Sources(unclearable=lambda: {"manual__d2024_01_01", "manual__d2024_01_03"})
    plan = join(
        scripted.api, UNSCHEDULED, date(2024, 1, 1), date(2024, 1, 3), BackfillRequest(only=Selection.MISSING), sources
    )
    assert [(run.action, run.orphaned, run.unclearable) for run in plan.runs] == [
        ("again", True, True), ("kept", False, False), ("kept", False, True),
    ]  # fmt: skip


def test_ten_years_are_joined_in_a_moment(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    for n in range(3650):
        scripted.put(f"{date(2014, 1, 1) + timedelta(days=n)}T00:00:00+00:00", "success", f"r{n}")
    began = time.process_time()
    plan = join(
        scripted.api, replace(UNSCHEDULED, timezone="UTC"), date(2014, 1, 1), date(2023, 12, 29), BackfillRequest()
    )
    assert [run.action for run in plan.runs] == ["kept"] * 3650
    assert time.process_time() - began < 4  # most of it is the scripted server's


def test_what_stays_queued_for_ever_is_asked_while_the_runs_are_read(tmp_path: Path) -> None:
    scripted, asked = Scripted(tmp_path, d2024_01_01="success"), threading.Event()

    def unclearable() -> set[str]:
        asked.set()
        return set()

    def runs(dag_id: str, start: datetime, end: datetime) -> list[DagRun]:
        assert asked.wait(5), "it waits for the runs"
        return scripted.api.runs(dag_id, start, end)

    day = date(2024, 1, 1)
    plan = join(scripted.api, UNSCHEDULED, day, day, BackfillRequest(), Sources(unclearable=unclearable, runs=runs))
    assert [run.state for run in plan.runs] == ["success"]


NINE = datetime(2024, 1, 5, tzinfo=UTC)  # in the morning of 2024-01-05 in Seoul
LEFT_OUT = "the run of 2024-01-05 cannot start before its logical date"


@pytest.mark.parametrize(
    ("now", "last", "notes"), [(NINE - timedelta(seconds=1), 4, 1), (NINE, 5, 0), (NINE + timedelta(hours=15), 5, 0)]
)
def test_a_day_whose_run_cannot_begin_yet_is_left_out(tmp_path: Path, now: datetime, last: int, notes: int) -> None:
    days = date(2024, 1, 3), date(2024, 1, 5)
    plan = join(Scripted(tmp_path).api, UNSCHEDULED, *days, BackfillRequest(), now=now)
    assert [run.date.day for run in plan.runs] == list(range(3, last + 1))
    assert plan.end == date(2024, 1, last)
    assert [warning.startswith(LEFT_OUT) for warning in plan.warnings()] == [True] * notes


def test_of_named_days_too_and_nothing_is_said_of_the_schedule(tmp_path: Path) -> None:
    days = date(2024, 1, 3), date(2024, 1, 5)
    plan = join(Scripted(tmp_path).api, UNSCHEDULED, *days, BackfillRequest(days=days), now=NINE - timedelta(hours=1))
    assert [run.date for run in plan.runs] == list(plan.request.days) == [plan.end] == [date(2024, 1, 3)]
    (warning,) = plan.warnings()
    assert warning.startswith(LEFT_OUT) and warning.endswith("It is left out.")


@pytest.mark.parametrize(
    ("days", "hint"), [((), "use --from yesterday --to yesterday"), ((date(2024, 1, 5),), "use --dates yesterday")]
)
def test_where_that_was_all_the_range_is_empty(tmp_path: Path, days: tuple[date, ...], hint: str) -> None:
    scripted, today = Scripted(tmp_path), date(2024, 1, 5)
    with pytest.raises(UsageError, match=LEFT_OUT) as caught:
        join(scripted.api, UNSCHEDULED, today, today, BackfillRequest(days=days), now=NINE - timedelta(hours=9))
    assert (caught.value.code, caught.value.hint.text()) == ("empty-range", hint)
    assert not scripted.asked


@pytest.mark.parametrize(
    ("run_id", "at", "planned"),
    [
        ("manual__x", "2024-01-02T00:00:00+00:00", [1, 2, 3]),
        ("manual__x", "2024-01-02T13:30:00+00:00", [1, 3]),
        ("mlopsctl__20240102T133000.000001", "2024-01-02T13:30:00+00:00", [1, 3]),  # of `trigger`, and of no date
        ("mlopsctl__20240102T000000.000000", "2024-01-02T00:00:00+00:00", [1, 2, 3]),
    ],
)
def test_a_run_by_hand_that_is_under_way_is_of_the_schedule_where_its_instant_is(
    tmp_path: Path, run_id: str, at: str, planned: list[int]
) -> None:
    schedule = Running(tmp_path, datetime(2024, 1, 2, tzinfo=UTC))
    schedule.put(at, "running", run_id)
    plan = schedule.join("2024-01-01", "2024-01-03")
    assert [run.logical_date.day for run in plan.runs] == planned
    assert len(schedule.slots) == 1
    assert [run.state for run in plan.runs if run.logical_date.day == 2] == ["running"] * (len(planned) - 2)


@pytest.mark.parametrize(("run_id", "state"), [("mlopsctl__ab12cd__2024-01-02", "queued"), ("manual__x", "success")])
def test_of_a_backfills_own_run_or_one_that_has_ended_the_timetable_need_not_be_asked(
    tmp_path: Path, run_id: str, state: str
) -> None:
    schedule = Running(tmp_path, datetime(2024, 1, 2, tzinfo=UTC)) if state == "queued" else Schedule(tmp_path)
    schedule.put("2024-01-02T00:00:00+00:00", state, run_id)
    assert [run.logical_date.day for run in schedule.join("2024-01-01", "2024-01-03").runs] == [1, 2, 3]
    assert not schedule.slots


class Running(Schedule):
    """One whose dry run leaves out a date, as Airflow's does where the run of that instant is under way."""

    def __init__(self, folder: Path, moving: datetime) -> None:
        super().__init__(folder)
        self.moving, self.asking = moving, False

    def _at(self, bounds: Bounds) -> list[datetime]:
        return [at for at in super()._at(bounds) if self.asking or at != self.moving]

    def timetable(self, bounds: Bounds) -> Slots:
        self.asking = True
        return super().timetable(bounds)
