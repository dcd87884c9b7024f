from pathlib import Path

import pytest

from mlopsctl.core.states import RunState, StopKind
from mlopsctl.operations.backfill.execution import blocked_runs, controller
from tests.inline_executor import InlineExecutor
from tests.operations.fake_airflow import FakeAirflow

RUNS = {"d2024_01_01": "success", "d2024_01_02": "failed", "d2024_01_03": "running", "d2024_01_04": "queued"}
FAILED = {
    "task_id": "work", "state": "failed", "try_number": 1, "map_index": -1, "duration": 1.0, "end_date": None,
    "dag_run_id": "manual__d2024_01_02",
}  # fmt: skip


@pytest.fixture
def airflow(tmp_path: Path) -> FakeAirflow:
    airflow = FakeAirflow(tmp_path, **RUNS)
    airflow.dag_tasks[0]["depends_on_past"] = True
    airflow.tasks["failed"] = [FAILED]
    return airflow


def test_runs_behind_a_failed_one_cannot_go_on(airflow: FakeAirflow) -> None:
    found = blocked_runs.find(airflow.api, airflow.plan("2024-01-03", "2024-01-04"))
    assert found and found.text == (
        "2 runs (2024-01-03…04) cannot go on: task work has depends_on_past, and failed on 2024-01-02"
    )


def test_a_task_that_waits_for_its_retry_goes_on(airflow: FakeAirflow) -> None:
    airflow.tasks["up_for_retry"] = [FAILED | {"state": "up_for_retry", "dag_run_id": "manual__d2024_01_03"}]
    assert blocked_runs.find(airflow.api, airflow.plan("2024-01-03", "2024-01-04")) is None


def test_tasks_without_depends_on_past_are_not_blocked(airflow: FakeAirflow) -> None:
    airflow.dag_tasks[0]["depends_on_past"] = False
    assert blocked_runs.find(airflow.api, airflow.plan("2024-01-03", "2024-01-04")) is None


def test_the_backfill_ends_and_names_the_failed_run(airflow: FakeAirflow) -> None:
    plan = airflow.plan("2024-01-03", "2024-01-04")
    *_, last = controller.run(plan, airflow.api, clock=airflow.clock, executor=InlineExecutor())
    assert last.stopped and last.stopped.kind == StopKind.BLOCKED and "failed on 2024-01-02" in last.stopped.text
    assert [run.state for run in last.runs] == [RunState.RUNNING, RunState.QUEUED]
