from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.core.model import NativeBackfill
from mlopsctl.core.states import EngineName, RunState, Selection
from mlopsctl.operations.backfill.plan import BackfillRequest
from tests.operations.fake_airflow import UNSCHEDULED, Scripted

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
def test_what_becomes_of_a_date(given: dict[str, Any], none: str, failed: str, success: str) -> None:
    assert [BackfillRequest(**given).action(RunState(state)) for state in ("", "failed", "success")] == [
        none,
        failed,
        success,
    ]
    assert (
        BackfillRequest(**given).action(RunState.RUNNING) == BackfillRequest(**given).action(RunState.QUEUED) == "kept"
    )


def test_wanted_dates_are_joined_with_the_runs_that_are_there(tmp_path: Path) -> None:
    plan = Scripted(tmp_path, **JANUARY).plan("2024-01-01", "2024-01-05")
    assert [(run.date.day, run.action, run.state) for run in plan.runs] == [
        (1, "kept", "success"), (2, "again", "failed"), (3, "kept", "running"), (4, "kept", "queued"), (5, "new", ""),
    ]  # fmt: skip
    assert {run.ds for run in plan.runs} == {f"2024-01-0{n}" for n in range(1, 6)}
    assert (plan.engine, plan.work, plan.waits, plan.warnings()) == ("runs", 2, True, [])


def test_a_run_of_another_instant_is_not_the_run_of_the_day(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    scripted.put("2024-01-01T13:30:00+00:00", "success", "manual__x")
    plan = scripted.plan("2024-01-01", "2024-01-02")
    assert [run.action for run in plan.runs] == ["new", "new"]
    assert plan.others == {"success": 1}


def test_west_of_greenwich_the_run_of_a_day_is_its_first_hour_there(tmp_path: Path) -> None:
    west = replace(UNSCHEDULED, timezone="America/New_York")
    plan = Scripted(tmp_path).plan("2024-03-10", "2024-03-11", west)  # the clocks go forward on the 10th
    assert [run.logical_date for run in plan.runs] == [
        datetime(2024, 3, 10, 5, tzinfo=UTC), datetime(2024, 3, 11, 4, tzinfo=UTC),
    ]  # fmt: skip
    assert plan.bounds[1] >= plan.runs[-1].logical_date


def test_where_everything_is_green_nothing_is_to_be_done_or_waited_for(tmp_path: Path) -> None:
    plan = Scripted(tmp_path, d2024_01_01="success").plan("2024-01-01", "2024-01-01")
    assert (plan.work, plan.waits) == (0, False)


def test_in_reverse_the_last_day_starts_first_and_is_still_shown_last(tmp_path: Path) -> None:
    plan = Scripted(tmp_path).plan("2024-01-01", "2024-01-03", reverse=True)
    assert [run.date.day for run in plan.of("new")] == [3, 2, 1]
    assert [run.date.day for run in plan.runs] == [1, 2, 3]


def test_the_dags_own_limit_holds_unless_one_is_given(tmp_path: Path) -> None:
    one = replace(UNSCHEDULED, max_active_runs=1)
    assert Scripted(tmp_path).plan("2024-01-01", "2024-01-01", one).max_active == 1
    assert Scripted(tmp_path).plan("2024-01-01", "2024-01-01", one, max_active=4).max_active == 4


def test_airflow_reprocesses_what_the_wish_says(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    wishes: list[dict[str, Any]] = [{}, {"only": "missing"}, {"everything": True}]
    assert [scripted.plan("2024-01-01", "2024-01-01", **w).reprocess for w in wishes] == ["failed", "none", "completed"]


def test_only_a_backfill_of_the_very_same_instants_is_ours(tmp_path: Path) -> None:
    plan = Scripted(tmp_path).plan("2024-01-01", "2024-01-31")
    first, last = plan.days
    assert replace(plan, open=NativeBackfill(1, "d", first, last, True)).ours
    midnight = datetime(2024, 1, 30, 15, tzinfo=UTC)
    assert not replace(plan, open=NativeBackfill(1, "d", first, midnight, True)).ours
    assert not plan.ours


def test_a_conf_that_will_not_reach_a_run_is_told(tmp_path: Path) -> None:
    plan = Scripted(tmp_path, **JANUARY).plan("2024-01-01", "2024-01-05", conf={"a": 1})
    assert plan.warnings() == ["--conf reaches new runs only: a run that runs again keeps its own conf."]


def test_a_ds_that_is_not_the_day_named_is_told(tmp_path: Path) -> None:
    plan = Scripted(tmp_path).plan("2024-01-01", "2024-01-01")
    midnight = datetime(2023, 12, 31, 15, tzinfo=UTC)
    shifted = replace(plan, runs=(replace(plan.runs[0], logical_date=midnight, date=date(2024, 1, 1)),))
    (warning,) = shifted.warnings()
    assert "the run of 2024-01-01 00:00 Asia/Seoul has ds 2023-12-31" in warning


def test_the_dags_own_limit_is_told_where_it_is_the_lower_one(tmp_path: Path) -> None:
    two = replace(UNSCHEDULED, max_active_runs=2)
    plan = Scripted(tmp_path).plan("2024-01-01", "2024-01-05", two, max_active=4)
    assert plan.warnings() == [
        "no more than 2 runs of d run at a time: its own max_active_runs is below --max-active 4."
    ]
    assert Scripted(tmp_path).plan("2024-01-01", "2024-01-02", two, max_active=4).warnings() == []


def test_that_a_backfill_may_starve_beside_many_others_is_told(tmp_path: Path) -> None:
    plan = replace(Scripted(tmp_path).plan("2024-01-01", "2024-01-02"), engine=EngineName.NATIVE, busy=100)
    (warning,) = plan.warnings()
    assert warning.startswith("100 runs of other DAGs are running: beside 100 or more")
    assert replace(plan, busy=99).warnings() == replace(plan, engine=EngineName.PER_RUN).warnings() == []


@pytest.mark.parametrize(
    ("reverse", "days"),
    [(False, [[1, 2, 3], [4, 5, 6], [7]]), (True, [[7], [4, 5, 6], [1, 2, 3]])],
)
def test_a_plan_in_pieces(tmp_path: Path, reverse: bool, days: list[list[int]]) -> None:
    plan = Scripted(tmp_path).plan("2024-01-01", "2024-01-07", chunk=3, reverse=reverse)
    pieces = list(plan.pieces())
    assert [[run.date.day for run in piece.runs] for piece in pieces] == days
    assert all((piece.start, piece.end) == (piece.runs[0].date, piece.runs[-1].date) for piece in pieces)
    assert all(piece.request == replace(plan.request, chunk=None) for piece in pieces)


def test_a_piece_is_its_own_and_knows_its_kin(tmp_path: Path) -> None:
    plan = Scripted(tmp_path).plan("2024-01-01", "2024-01-06", chunk=3)
    first, second = plan.pieces()
    begun = NativeBackfill(1, "d", *second.days, True)
    assert replace(second, open=begun).ours and not replace(first, open=begun).ours
    assert plan.is_ours(begun) and first.is_ours(begun)
    assert not first.is_ours(NativeBackfill(1, "d", *plan.days, True))


def test_a_named_day_on_which_the_schedule_has_no_run_is_told(tmp_path: Path) -> None:
    days = tuple(date(2024, 1, n) for n in (1, 2, 3, 6))
    plan = replace(Scripted(tmp_path).plan("2024-01-01", "2024-01-01"), request=BackfillRequest(days=days))
    assert plan.warnings() == ["the schedule of d has no run on 2024-01-02…03, 06."]
    assert replace(plan, request=BackfillRequest(Selection.HOLES, days=days)).warnings() == []


def test_runs_in_the_range_that_are_not_asked_for_are_known_in_each_piece(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    for day in (1, 2, 5):
        scripted.put(f"2024-01-0{day}T13:30:00+00:00", "success", f"manual__{day}")
    first, second = scripted.plan("2024-01-01", "2024-01-06", chunk=3).pieces()
    assert (first.others, second.others) == ({"success": 2}, {"success": 1})
