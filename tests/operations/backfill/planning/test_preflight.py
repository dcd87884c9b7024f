"""Obstacles are found before anything is created. Real obstacles are tested in tests/live/test_backfill.py."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import Param, PlannedRun
from mlopsctl.core.states import EngineName, RunState, Selection
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.planning.preflight import _invalid_params, check
from tests.fake_api import FakeServer, api_v2
from tests.operations.fake_airflow import UNSCHEDULED, FakeAirflow
from tests.operations.services.test_airflow_health import HEALTHY, airflow
from tests.operations.test_preflight import WITH_OUTPUT, platform


@pytest.mark.parametrize(("state", "code"), [("stopped", "mariadb-down"), ("running", "")])
def test_dag_with_an_output_table_needs_mariadb(tmp_path: Path, state: str, code: str) -> None:
    plan = FakeAirflow(tmp_path).plan("2024-01-01", "2024-01-02", replace(UNSCHEDULED, dag_id=WITH_OUTPUT))
    checked = check(replace(platform(tmp_path, state), api=airflow(tmp_path, HEALTHY)), plan)
    assert (checked.obstacle.code if checked.obstacle else "") == code


def test_dag_whose_file_is_missing_is_refused(tmp_path: Path) -> None:
    plan = FakeAirflow(tmp_path).plan("2024-01-01", "2024-01-02", replace(UNSCHEDULED, stale=True))
    checked = check(replace(platform(tmp_path, "running"), api=airflow(tmp_path, HEALTHY)), plan)
    assert checked.obstacle and checked.obstacle.code == "dag-gone"


@pytest.mark.parametrize(("days", "hint"), [((), "narrow the range"), ((date(2022, 12, 31),), "leave out the days")])
def test_dates_outside_of_the_dags_have_a_hint_for_the_option_used(
    tmp_path: Path, days: tuple[date, ...], hint: str
) -> None:
    plan = FakeAirflow(tmp_path).plan("2022-12-31", "2023-01-02", days=days)
    checked = check(replace(platform(tmp_path, "running"), api=airflow(tmp_path, HEALTHY)), plan)
    assert checked.obstacle and checked.obstacle.hint.text().startswith(hint)


def test_dates_without_a_task_are_refused_unless_airflow_runs_them_all_the_same(tmp_path: Path) -> None:
    airflow_ = FakeAirflow(tmp_path)
    airflow_.dag_tasks[0]["start_date"] = "2024-01-02T00:00:00Z"
    there = replace(platform(tmp_path, "running"), api=airflow_.api)
    refused = check(there, airflow_.plan("2024-01-01", "2024-01-03"))
    assert refused.obstacle and refused.obstacle.code == "outside"
    native = check(there, airflow_.native_plan("2024-01-01", "2024-01-03"))
    assert native.obstacle is None and len(native.warnings) == 1


def test_every_obstacle_is_named(tmp_path: Path) -> None:
    region = Param("region", None, {"enum": ["kr"]})
    dag = replace(UNSCHEDULED, paused=True, params=(region,))
    plan = FakeAirflow(tmp_path).plan("2022-12-31", "2023-01-02", dag, conf={"a": 1}, everything=True)
    error = check(replace(platform(tmp_path, "running"), api=airflow(tmp_path, HEALTHY)), plan).obstacle
    assert error and [e.code for e in (error, *error.others)] == ["paused", "outside", "params"]
    assert error.others[1].hint.command == (
        "backfill", "d", "--from", "2022-12-31", "--to", "2023-01-02", "--all", "--conf", '{"a": 1, "region": "kr"}',
    )  # fmt: skip


@pytest.mark.parametrize(("engine", "code"), [(EngineName.NATIVE, "params"), (EngineName.PER_RUN, "")])
def test_conf_counts_where_it_reaches_existing_runs(tmp_path: Path, engine: EngineName, code: str) -> None:
    plan = FakeAirflow(tmp_path, d2024_01_01="failed").plan("2024-01-01", "2024-01-01", conf={"n": "x"})
    dag = replace(UNSCHEDULED, params=(Param("n", 1, {"type": "integer"}),))
    error = _invalid_params(replace(plan, dag=dag, engine=engine))
    assert (error.code if error else "") == code


def test_plan_without_pending_runs_has_no_obstacle(tmp_path: Path) -> None:
    done = FakeAirflow(tmp_path, d2024_01_01="success").plan(
        "2024-01-01", "2024-01-01", replace(UNSCHEDULED, dag_id=WITH_OUTPUT)
    )
    assert check(platform(tmp_path, "stopped"), done) == done


PERIODIC = replace(UNSCHEDULED, backfillable=True, periodic=True)


def checked(folder: Path, paused: bool, first: int, *states: str) -> MlopsctlError | None:
    """The obstacle of runs from 1 January on, with an open backfill that starts on the `first` of January and has one
    unfinished run."""
    began = datetime(2024, 1, 1, tzinfo=UTC)
    days = [began + timedelta(n) for n in range(len(states))]
    runs = tuple(
        PlannedRun(
            at.date(), at, BackfillRequest().action_for(RunState(state)), RunState(state), f"r{at.day}" if state else ""
        )
        for at, state in zip(days, states, strict=True)
    )
    start, end = dates.day_bounds(began.date().replace(day=first), days[-1].date(), PERIODIC.timezone)
    opened = {"id": 12, "dag_id": "d", "from_date": start.isoformat(), "to_date": end.isoformat(),
              "completed_at": None, "is_paused": paused}  # fmt: skip
    airflow_ = FakeServer(
        {
            "GET /api/v2/monitor/health": (200, {name: {"status": status} for name, status in HEALTHY.items()}),
            "GET /api/v2/backfills": (200, {"backfills": [opened]}),
            "GET /api/v2/dags/d/tasks": (200, {"tasks": [{"task_id": "work"}]}),
            "GET /api/v2/dags/~/dagRuns": (200, {"dag_runs": [], "total_entries": 0}),
            "GET /api/v2/dags/d/dagRuns": (200, {"dag_runs": [], "total_entries": 1}),
        }
    )
    plan = BackfillPlan(PERIODIC, BackfillRequest(), began.date(), days[-1].date(), EngineName.NATIVE, runs)
    return check(replace(platform(folder, "running"), api=api_v2(folder, airflow_)), plan).obstacle


@pytest.mark.parametrize(
    ("first", "states"),
    [(1, ("running", "queued")), (1, ("running", "failed")), (2, ("success", "queued"))],
    ids=["queued", "to be cleared", "of another's"],
)
def test_paused_backfill_whose_runs_would_not_start_is_refused(
    tmp_path: Path, first: int, states: tuple[str, ...]
) -> None:
    error = checked(tmp_path, True, first, *states)
    assert error and (error.code, error.hint.text()) == ("backfill-paused", "mlopsctl backfills resume 12")
    assert error.message == "backfill 12 of d is paused: its queued runs would not start."
    assert checked(tmp_path, False, first, *states) is None


def test_running_runs_of_a_paused_backfill_are_waited_for(tmp_path: Path) -> None:
    assert checked(tmp_path, True, 1, "running", "success") is None
    assert checked(tmp_path, True, 1, "running", "") is None


def test_other_active_backfill_is_refused_even_if_it_is_paused(tmp_path: Path) -> None:
    error = checked(tmp_path, True, 2, "failed", "queued")
    assert error and error.code == "backfill-active"


def test_warns_if_ds_is_another_day(tmp_path: Path) -> None:
    plan = FakeAirflow(tmp_path, d2024_01_01="success").plan("2024-01-01", "2024-01-01")
    midnight = datetime(2023, 12, 31, 15, tzinfo=UTC)
    shifted = replace(plan, runs=(replace(plan.runs[0], logical_date=midnight, date=date(2024, 1, 1)),))
    (warning,) = check(platform(tmp_path, "running"), shifted).warnings
    assert "the run of 2024-01-01 00:00 Asia/Seoul has ds 2023-12-31" in warning


def test_warns_of_named_days_without_a_run(tmp_path: Path) -> None:
    days = tuple(date(2024, 1, n) for n in (1, 2, 3, 6))
    plan = FakeAirflow(tmp_path, d2024_01_01="success").plan("2024-01-01", "2024-01-01")
    for only, warnings in ((Selection.UNFINISHED, 1), (Selection.HOLES, 0)):
        found = check(platform(tmp_path, "running"), replace(plan, request=BackfillRequest(only, days=days))).warnings
        assert found == ("the schedule of d has no run on 2024-01-02…03, 06.",) * warnings


def test_warns_of_what_conf_does_to_runs_that_run_again(tmp_path: Path) -> None:
    again = FakeAirflow(tmp_path, d2024_01_01="failed").plan("2024-01-01", "2024-01-02", conf={"a": 1})
    target = replace(platform(tmp_path, "running"), api=airflow(tmp_path, HEALTHY))
    found = check(target, again)
    assert found.rerun_conf == "kept"
    assert "--conf reaches new runs only: the conf of 1 run that runs again stays as it is." in found.warnings
    new = FakeAirflow(tmp_path).plan("2024-01-01", "2024-01-02", conf={"a": 1})
    assert check(target, new).rerun_conf is None
