"""Airflow's own engine as mlopsctl uses it. What Airflow does is tested in tests/live/test_backfill.py."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import NativeBackfill
from mlopsctl.core.states import EngineName, Reprocess, RunAction, StopKind
from mlopsctl.operations.backfill.engines.native import NativeEngine
from mlopsctl.operations.backfill.plan import BackfillPlan
from tests.fake_api import FakeServer, api_v2
from tests.operations.backfill.execution.test_submitter import submitted, submitter
from tests.operations.fake_airflow import FakeAirflow


def with_open(airflow: FakeAirflow, plan: BackfillPlan) -> BackfillPlan:
    return replace(plan, open_backfill=airflow.api.active_backfill("d"))


def test_one_request_creates_all_runs(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_02="failed")
    sender = submitted(airflow, airflow.native_plan("2024-01-01", "2024-01-03"))
    assert sender.execution.id == 1 and sorted(at.day for at in sender.submitted) == [1, 2, 3]
    assert airflow.requests["POST backfills"] == 1 and not airflow.cleared and not sender.outdated
    assert [run["state"] for run in airflow.runs.values()] == ["queued"] * 3


def test_runs_of_its_own_open_backfill_are_cleared_without_a_note(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="failed", d2024_01_02="running")
    plan = airflow.native_plan("2024-01-01", "2024-01-02")
    airflow.open_backfill(*plan.day_bounds)
    sender = submitted(airflow, with_open(airflow, plan))
    assert sender.execution.id == 1 and airflow.cleared == ["manual__d2024_01_01"]
    assert airflow.requests["POST backfills"] == 0
    assert all(run["note"] is None for run in airflow.runs.values())


def test_per_run_engine_beside_an_open_backfill_marks_its_runs(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="failed")
    plan = replace(airflow.native_plan("2024-01-01", "2024-01-02"), engine=EngineName.PER_RUN)
    airflow.open_backfill(*plan.day_bounds)
    sender = submitted(airflow, with_open(airflow, plan))
    assert sender.execution.id == "ab12cd"
    assert [run["note"] for run in airflow.runs.values()] == ["mlopsctl backfill ab12cd", None]
    assert [run["dag_run_id"][:18] for run in airflow.runs.values()] == ["manual__d2024_01_0", "mlopsctl__ab12cd__"]


def test_open_backfill_is_waited_for(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    plan = airflow.native_plan("2024-01-01", "2024-01-02")
    other = airflow.open_backfill(*airflow.native_plan("2023-01-01", "2023-01-02").day_bounds)
    sender = submitter(airflow, plan)
    sender.advance()
    sender.wait(1)
    assert sender.waits_for.startswith("backfill 1 has to end first: its runs have, Airflow closes it within")
    assert not sender.submitted and not airflow.runs
    other["completed_at"] = "2024-06-01T00:00:00Z"
    sender.advance()
    sender.wait(1)
    assert sender.done and (sender.execution.id, sender.waits_for) == (2, "")


def test_open_backfill_that_is_never_closed_ends_it(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    airflow.open_backfill(*airflow.native_plan("2023-01-01", "2023-01-02").day_bounds)
    with pytest.raises(MlopsctlError, match="backfill 1 is already active on d: Airflow does not close it"):
        submitted(airflow, airflow.native_plan("2024-01-01", "2024-01-02"))
    assert airflow.clock.now > 200


@pytest.mark.parametrize(("paused", "id_", "stop"), [(True, 2, None), (False, None, StopKind.PAUSED)])
def test_only_a_pause_since_the_start_stops_it(
    tmp_path: Path, paused: bool, id_: int | None, stop: StopKind | None
) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success")
    first, second = airflow.native_plan("2024-01-01", "2024-01-04", chunk=2).chunks()
    previous = airflow.open_backfill(*first.day_bounds)
    previous["is_paused"] = paused
    plan = with_open(airflow, second)
    previous["is_paused"] = True
    airflow.clock.after(5, previous.update, {"completed_at": "2024-06-01T00:00:00Z"})
    sender = submitted(airflow, plan)
    assert (sender.execution.id, sender.stop_kind) == (id_, stop)


def test_other_active_backfill_ends_it(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2023_01_01="running")
    plan = airflow.native_plan("2024-01-01", "2024-01-02")
    airflow.open_backfill(*airflow.native_plan("2023-01-01", "2023-01-02").day_bounds)
    with pytest.raises(MlopsctlError, match="backfill 1 is already active on d: 1 runs have not ended"):
        submitted(airflow, plan)


def test_backfill_is_found_if_the_answer_was_lost(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    airflow.lose_next = 1
    sender = submitted(airflow, airflow.native_plan("2024-01-01", "2024-01-02"))
    assert sender.execution.id == 1 and len(airflow.backfills) == 1


@pytest.mark.parametrize(("only", "left"), [("unfinished", {1, 2}), ("missing", {1, 2})])
def test_orphaned_runs_are_released_first(tmp_path: Path, only: str, left: set[int]) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="queued", d2024_01_02="queued")
    plan = airflow.native_plan("2024-01-01", "2024-01-02", only=only)
    runs = tuple(replace(run, action=RunAction.AGAIN, orphaned=True, unclearable=True) for run in plan.runs)
    sender = submitted(airflow, replace(plan, runs=runs))
    assert {at.day for at in sender.submitted} == left
    assert [run["dag_run_id"] for run in airflow.runs.values()] == ["backfill__2024-01-01", "backfill__2024-01-02"]
    assert airflow.requests["PATCH dagRuns"] == 1


def test_runs_without_tasks_are_replaced(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success")
    plan = airflow.native_plan("2024-01-01", "2024-01-02", everything=True)
    submitted(airflow, replace(plan, runs=(replace(plan.runs[0], empty=True), plan.runs[1])))
    assert [run["dag_run_id"] for run in airflow.runs.values()] == ["backfill__2024-01-01", "backfill__2024-01-02"]


def test_warns_of_dates_on_which_the_scheduler_would_run_nothing(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    airflow.dag_tasks[0]["start_date"] = "2024-01-02T00:00:00Z"
    plan = airflow.native_plan("2024-01-01", "2024-01-03")
    (warning,) = NativeEngine(airflow.api).warnings(plan)
    assert "work, the only task of d, starts on 2024-01-02 09:00 Asia/Seoul: 1 of 3 new runs" in warning


@pytest.mark.parametrize(
    ("request_", "reprocess"),
    [({}, Reprocess.FAILED), ({"only": "missing"}, Reprocess.NONE), ({"everything": True}, Reprocess.COMPLETED)],
)
def test_reprocess_behavior_follows_the_request(tmp_path: Path, request_: dict[str, Any], reprocess: Reprocess) -> None:
    plan = FakeAirflow(tmp_path).plan("2024-01-01", "2024-01-01", **request_)
    assert plan.request.reprocess == reprocess


def test_warns_beside_many_runs_of_other_dags(tmp_path: Path) -> None:
    runs = {"GET /api/v2/dags/~/dagRuns": (200, {"dag_runs": [], "total_entries": 101})}
    runs["GET /api/v2/dags/d/dagRuns"] = (200, {"dag_runs": [], "total_entries": 1})
    runs["GET /api/v2/dags/d/tasks"] = (200, {"tasks": []})
    plan = FakeAirflow(tmp_path).native_plan("2024-01-01", "2024-01-02")
    (warning,) = NativeEngine(api_v2(tmp_path, FakeServer(runs))).warnings(plan)
    assert warning.startswith("100 runs of other DAGs are running: beside 100 or more")
    runs["GET /api/v2/dags/d/dagRuns"] = (200, {"dag_runs": [], "total_entries": 2})
    assert not list(NativeEngine(api_v2(tmp_path, FakeServer(runs))).warnings(plan))


def test_missing_dates_need_failed_ones_with_depends_on_past(tmp_path: Path) -> None:
    def tasks(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"tasks": [{"task_id": "t", "depends_on_past": True}], "total_entries": 1})

    airflow = FakeAirflow(tmp_path)
    engine = NativeEngine(api_v2(tmp_path, tasks))
    assert engine.obstacle(airflow.native_plan("2024-01-01", "2024-01-02")) is None
    found = engine.obstacle(airflow.native_plan("2024-01-01", "2024-01-02", only="missing"))
    assert found and found.code == "depends-on-past"


@pytest.mark.parametrize(
    ("version", "open_", "expected"), [("3.3.2", False, "replaced"), ("3.3.2", True, "kept"), ("3.1.8", False, "kept")]
)
def test_conf_of_runs_that_run_again(tmp_path: Path, version: str, open_: bool, expected: str) -> None:
    airflow = FakeAirflow(tmp_path, version=version, d2024_01_01="failed")
    plan = airflow.plan("2024-01-01", "2024-01-02", conf={"a": 1})
    start, end = plan.day_bounds
    record = NativeBackfill(1, "d", start, end, active=True) if open_ else None
    assert NativeEngine(airflow.api).rerun_conf(replace(plan, open_backfill=record)) == expected
