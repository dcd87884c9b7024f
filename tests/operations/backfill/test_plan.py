from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.core.model import NativeBackfill
from mlopsctl.core.states import RunAction, RunState
from mlopsctl.operations.backfill.plan import BackfillRequest
from tests.operations.fake_airflow import UNSCHEDULED, FakeAirflow

JANUARY = {"d2024_01_01": "success", "d2024_01_02": "failed", "d2024_01_03": "running", "d2024_01_04": "queued"}


@pytest.mark.parametrize(
    ("given", "none", "failed", "success"),
    [
        ({}, "new", "again", "kept"),
        ({"only": "missing"}, "new", "kept", "kept"),
        ({"only": "failed"}, "kept", "again", "kept"),
        ({"everything": True}, "new", "again", "again"),
    ],
)
def test_action_for_a_date_follows_the_request(given: dict[str, Any], none: str, failed: str, success: str) -> None:
    action_for = BackfillRequest(**given).action_for
    assert [action_for(RunState(state)) for state in ("", "failed", "success")] == [none, failed, success]
    assert action_for(RunState.RUNNING) == action_for(RunState.QUEUED) == RunAction.KEPT
    assert action_for(RunState.QUEUED, orphaned=True) == RunAction.AGAIN or given.get("only") == "failed"


def test_dates_are_joined_with_existing_runs(tmp_path: Path) -> None:
    plan = FakeAirflow(tmp_path, **JANUARY).plan("2024-01-01", "2024-01-05")
    assert [(run.date.day, run.action, run.state) for run in plan.runs] == [
        (1, "kept", "success"), (2, "again", "failed"), (3, "kept", "running"), (4, "kept", "queued"), (5, "new", ""),
    ]  # fmt: skip
    assert {run.ds for run in plan.runs} == {f"2024-01-0{n}" for n in range(1, 6)}
    assert (plan.engine, len(plan.changed), plan.has_pending, plan.warnings) == ("runs", 2, True, ())


def test_run_at_another_instant_is_not_the_run_of_the_day(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    airflow.add_run("2024-01-01T13:30:00+00:00", "success", "manual__x")
    plan = airflow.plan("2024-01-01", "2024-01-02")
    assert [run.action for run in plan.runs] == ["new", "new"]
    assert plan.unrequested == {"success": 1}


def test_west_of_greenwich_a_run_is_at_local_midnight(tmp_path: Path) -> None:
    west = replace(UNSCHEDULED, timezone="America/New_York")
    plan = FakeAirflow(tmp_path).plan("2024-03-10", "2024-03-11", west)  # the clocks go forward on the 10th
    assert [run.logical_date for run in plan.runs] == [
        datetime(2024, 3, 10, 5, tzinfo=UTC), datetime(2024, 3, 11, 4, tzinfo=UTC),
    ]  # fmt: skip
    assert plan.bounds[1] >= plan.runs[-1].logical_date


def test_nothing_is_pending_if_all_dates_have_succeeded(tmp_path: Path) -> None:
    plan = FakeAirflow(tmp_path, d2024_01_01="success").plan("2024-01-01", "2024-01-01")
    assert (plan.changed, plan.has_pending) == ((), False)


def test_reverse_starts_with_the_last_day_and_keeps_the_order_of_dates(tmp_path: Path) -> None:
    plan = FakeAirflow(tmp_path).plan("2024-01-01", "2024-01-03", reverse=True)
    assert [run.date.day for run in plan.runs_to(RunAction.NEW)] == [3, 2, 1]
    assert [run.date.day for run in plan.runs] == [1, 2, 3]


def test_max_active_defaults_to_the_dags_limit(tmp_path: Path) -> None:
    one = replace(UNSCHEDULED, max_active_runs=1)
    assert FakeAirflow(tmp_path).plan("2024-01-01", "2024-01-01", one).max_active == 1
    assert FakeAirflow(tmp_path).plan("2024-01-01", "2024-01-01", one, max_active=4).max_active == 4


def test_only_a_backfill_of_the_same_bounds_is_resumed(tmp_path: Path) -> None:
    plan = FakeAirflow(tmp_path).plan("2024-01-01", "2024-01-31")
    first, last = plan.day_bounds
    assert replace(plan, open_backfill=NativeBackfill(1, "d", first, last, True)).resumes_open
    midnight = datetime(2024, 1, 30, 15, tzinfo=UTC)
    assert not replace(plan, open_backfill=NativeBackfill(1, "d", first, midnight, True)).resumes_open
    assert not plan.resumes_open


@pytest.mark.parametrize(
    ("reverse", "days"),
    [(False, [[1, 2, 3], [4, 5, 6], [7]]), (True, [[7], [4, 5, 6], [1, 2, 3]])],
)
def test_chunks_of_a_plan(tmp_path: Path, reverse: bool, days: list[list[int]]) -> None:
    plan = FakeAirflow(tmp_path).plan("2024-01-01", "2024-01-07", chunk=3, reverse=reverse)
    chunks = list(plan.chunks())
    assert [[run.date.day for run in chunk.runs] for chunk in chunks] == days
    assert all((chunk.start, chunk.end) == (chunk.runs[0].date, chunk.runs[-1].date) for chunk in chunks)
    assert all(chunk.request == replace(plan.request, chunk=None) for chunk in chunks)


def test_chunk_resumes_its_own_backfill_and_owns_those_of_its_siblings(tmp_path: Path) -> None:
    plan = FakeAirflow(tmp_path).plan("2024-01-01", "2024-01-06", chunk=3)
    first, second = plan.chunks()
    begun = NativeBackfill(1, "d", *second.day_bounds, True)
    assert replace(second, open_backfill=begun).resumes_open and not replace(first, open_backfill=begun).resumes_open
    assert plan.owns(begun) and first.owns(begun)
    assert not first.owns(NativeBackfill(1, "d", *plan.day_bounds, True))


def test_unrequested_runs_are_counted_per_chunk(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    for day in (1, 2, 5):
        airflow.add_run(f"2024-01-0{day}T13:30:00+00:00", "success", f"manual__{day}")
    first, second = airflow.plan("2024-01-01", "2024-01-06", chunk=3).chunks()
    assert (first.unrequested, second.unrequested) == ({"success": 2}, {"success": 1})
