"""That what stands in the way is found before anything is made. Real obstacles: tests/live/test_backfill.py."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import PlannedRun
from mlopsctl.core.states import EngineName, RunState
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.preflight import check
from tests.fake_api import FakeServer, api_v2
from tests.operations.fake_airflow import UNSCHEDULED, Scripted
from tests.operations.services.test_airflow_health import HEALTHY, airflow
from tests.operations.test_preflight import WITH_OUTPUT, platform


@pytest.mark.parametrize(("state", "code"), [("stopped", "mariadb-down"), ("running", "")])
def test_a_backfill_of_what_fills_a_table_is_refused_while_the_feature_store_rests(
    tmp_path: Path, state: str, code: str
) -> None:
    wished = Scripted(tmp_path).plan("2024-01-01", "2024-01-02", replace(UNSCHEDULED, dag_id=WITH_OUTPUT))
    checked = check(replace(platform(tmp_path, state), api=airflow(tmp_path, HEALTHY)), wished)
    assert (checked.obstacle.code if checked.obstacle else "") == code


def test_a_backfill_of_a_dag_whose_file_is_gone_is_refused(tmp_path: Path) -> None:
    wished = Scripted(tmp_path).plan("2024-01-01", "2024-01-02", replace(UNSCHEDULED, stale=True))
    checked = check(replace(platform(tmp_path, "running"), api=airflow(tmp_path, HEALTHY)), wished)
    assert checked.obstacle and checked.obstacle.code == "dag-gone"


@pytest.mark.parametrize(("days", "hint"), [((), "narrow the range"), ((date(2022, 12, 31),), "leave out the days")])
def test_what_is_outside_of_the_dags_dates_comes_with_the_remedy_for_what_was_said(
    tmp_path: Path, days: tuple[date, ...], hint: str
) -> None:
    wished = Scripted(tmp_path).plan("2022-12-31", "2023-01-02", days=days)
    checked = check(replace(platform(tmp_path, "running"), api=airflow(tmp_path, HEALTHY)), wished)
    assert checked.obstacle and checked.obstacle.hint.text().startswith(hint)


def test_where_nothing_is_to_be_done_nothing_stands_in_the_way(tmp_path: Path) -> None:
    done = Scripted(tmp_path, d2024_01_01="success").plan(
        "2024-01-01", "2024-01-01", replace(UNSCHEDULED, dag_id=WITH_OUTPUT)
    )
    assert check(platform(tmp_path, "stopped"), done) == done


PERIODIC = replace(UNSCHEDULED, periodic=True)


def checked(folder: Path, paused: bool, first: int, *states: str) -> MlopsctlError | None:
    """What stands in the way of the runs of 1 January and the days after it, where a backfill from `first` January on
    is open, and a run of its own has not ended."""
    began = datetime(2024, 1, 1, tzinfo=UTC)
    days = [began + timedelta(n) for n in range(len(states))]
    runs = tuple(
        PlannedRun(
            at.date(), at, BackfillRequest().action(RunState(state)), RunState(state), f"r{at.day}" if state else ""
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
def test_a_paused_backfill_whose_runs_would_never_start_is_told(
    tmp_path: Path, first: int, states: tuple[str, ...]
) -> None:
    error = checked(tmp_path, True, first, *states)
    assert error and (error.code, error.hint.text()) == ("backfill-paused", "mlopsctl backfills resume 12")
    assert error.message == "backfill 12 of d is paused: its queued runs would not start."
    assert checked(tmp_path, False, first, *states) is None


def test_what_is_running_in_a_paused_backfill_is_waited_for(tmp_path: Path) -> None:
    assert checked(tmp_path, True, 1, "running", "success") is None
    assert checked(tmp_path, True, 1, "running", "") is None


def test_beside_anothers_nothing_begins_paused_or_not(tmp_path: Path) -> None:
    error = checked(tmp_path, True, 2, "failed", "queued")
    assert error and error.code == "backfill-active"
