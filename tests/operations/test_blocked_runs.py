from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from mlopsctl.core.states import RunState, StopKind
from mlopsctl.operations import blocked_runs
from mlopsctl.operations.backfill.execution import controller
from mlopsctl.operations.backfill.execution.outcome import incomplete
from mlopsctl.operations.blocked_runs import BlockedRuns
from tests.inline_executor import InlineExecutor
from tests.operations.fake_airflow import UNSCHEDULED, FakeAirflow

RUNS = {"d2024_01_01": "success", "d2024_01_02": "failed", "d2024_01_03": "running", "d2024_01_04": "queued"}


def instance(state: str, day: int, name: str = "work", **more: Any) -> dict[str, Any]:
    return {"task_id": name, "state": state, "try_number": 1, "map_index": -1, "duration": 1.0, "end_date": None,
            "dag_run_id": f"manual__d2024_01_{day:02}", **more}  # fmt: skip


class ChainedAirflow(FakeAirflow):
    """Its tasks have depends_on_past. `pools`: their slots."""

    def __init__(self, folder: Path, **states: str) -> None:
        super().__init__(folder, **(states or RUNS))
        self.dag_tasks = [
            {"task_id": "work", "depends_on_past": True, "wait_for_downstream": False, "is_mapped": False,
             "downstream_task_ids": ["after"]},
        ]  # fmt: skip
        self.pools: dict[str, int] = {"default_pool": 128}

    def get(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/pools"):
            pools = [{"name": name, "slots": slots} for name, slots in self.pools.items()]
            return httpx.Response(200, json={"pools": pools, "total_entries": len(pools)})
        if path.endswith("/taskInstances") and "/~/" not in path:  # of one run
            run_id = path.split("/")[-2]
            found = [task for tasks in self.tasks.values() for task in tasks if task["dag_run_id"] == run_id]
            return httpx.Response(200, json={"task_instances": found, "total_entries": len(found)})
        return super().get(request)

    def blocked(self, **dag: Any) -> BlockedRuns | None:
        listed = self.api.runs("d", states=["queued", "running"])
        return blocked_runs.find(self.api, replace(UNSCHEDULED, **dag), listed)


@pytest.fixture
def airflow(tmp_path: Path) -> ChainedAirflow:
    airflow = ChainedAirflow(tmp_path)
    airflow.tasks = {"failed": [instance("failed", 2)], "": [instance("", 3)]}
    return airflow


def test_runs_behind_a_failed_one_cannot_go_on(airflow: ChainedAirflow) -> None:
    found = airflow.blocked()
    assert found and found.text == (
        "2 runs (2024-01-03…04) cannot go on: task work has depends_on_past, and failed on 2024-01-02"
    )
    assert found.first.command == ("backfill", "d", "--from", "2024-01-02", "--to", "2024-01-02")
    assert found.hint.command == ("backfill", "d", "--from", "2024-01-02", "--to", "2024-01-04")


@pytest.mark.parametrize("state", ["up_for_retry", "up_for_reschedule", "deferred", "running"])
def test_a_task_that_goes_on_by_itself_is_not_blocked(airflow: ChainedAirflow, state: str) -> None:
    airflow.tasks[state] = [instance(state, 3)]
    assert airflow.blocked() is None


def test_tasks_without_depends_on_past_are_not_blocked(airflow: ChainedAirflow) -> None:
    airflow.dag_tasks[0]["depends_on_past"] = False
    assert airflow.blocked() is None


def test_a_run_without_the_task_blocks_too(airflow: ChainedAirflow) -> None:
    airflow.tasks["failed"] = []
    found = airflow.blocked()
    assert found and found.text.endswith("task work has depends_on_past, and did not run on 2024-01-02")


def test_wait_for_downstream_waits_for_the_tasks_that_follow(airflow: ChainedAirflow) -> None:
    airflow.tasks |= {"success": [instance("success", 2)], "failed": [instance("failed", 2, "after")]}
    assert airflow.blocked() is None
    airflow.dag_tasks[0]["wait_for_downstream"] = True
    found = airflow.blocked()
    assert found and found.text.endswith("has wait_for_downstream, and after, which follows it, failed on 2024-01-02")


def test_with_catchup_a_run_made_by_hand_does_not_count(airflow: ChainedAirflow) -> None:
    assert airflow.blocked(catchup=True) is None
    airflow.runs["2024-01-02T00:00:00+00:00"]["run_type"] = "scheduled"
    assert airflow.blocked(catchup=True)


def test_the_failed_run_is_found_behind_others_that_wait(tmp_path: Path) -> None:
    states = {"d2024_01_02": "failed", "d2024_01_03": "running", "d2024_01_04": "running", "d2024_01_05": "running"}
    airflow = ChainedAirflow(tmp_path, **states)
    airflow.tasks = {"failed": [instance("failed", 2)], "": [instance("", 5)]}
    last = airflow.api.runs("d")[-1]
    found = blocked_runs.find(airflow.api, UNSCHEDULED, [last])
    assert found and (str(found.cause), [str(day) for day in found.days]) == ("2024-01-02", ["2024-01-05"])


@pytest.mark.parametrize(("limit", "blocked"), [(1, True), (2, False)])
def test_queued_run_waits_for_blocked_ones_if_no_more_may_run(
    airflow: ChainedAirflow, limit: int, blocked: bool
) -> None:
    queued = airflow.api.runs("d")[-1]
    assert queued.state == RunState.QUEUED
    found = blocked_runs.find(airflow.api, replace(UNSCHEDULED, max_active_runs=limit), [queued])
    assert bool(found) is blocked


@pytest.mark.parametrize(
    ("pool", "slots", "text"),
    [
        ("gpu", 1, "task work needs 1 slot of the pool gpu, which does not exist"),
        ("none", 1, "task work needs 1 slot of the pool none, which has 0 slots"),
        ("small", 3, "task work needs 3 slots of the pool small, which has 2 slots"),
        ("small", 2, ""),
        ("endless", 99, ""),
    ],
)
def test_pool_that_never_has_enough_slots(airflow: ChainedAirflow, pool: str, slots: int, text: str) -> None:
    airflow.pools |= {"none": 0, "small": 2, "endless": -1}
    airflow.tasks = {"scheduled": [instance("scheduled", 3, pool=pool, pool_slots=slots)]}
    found = airflow.blocked()
    assert (found.reason if found else "") == text
    if found:
        assert found.hint.command == ("airflow", "--", "pools", "set", pool, "16", "")


def test_the_backfill_ends_and_names_what_to_do_first(airflow: ChainedAirflow) -> None:
    plan = airflow.plan("2024-01-03", "2024-01-04")
    *_, last = controller.run(plan, airflow.api, clock=airflow.clock, executor=InlineExecutor())
    assert last.stopped and last.stopped.kind == StopKind.BLOCKED and "failed on 2024-01-02" in last.stopped.text
    assert [run.state for run in last.runs] == [RunState.RUNNING, RunState.QUEUED]
    error = incomplete(plan, last)
    assert error and error.hint.command == ("backfill", "d", "--from", "2024-01-02", "--to", "2024-01-02")
    assert error.hint.then == ("backfill", "d", "--from", "2024-01-03", "--to", "2024-01-04")


def test_the_backfill_itself_runs_the_failed_date_again(airflow: ChainedAirflow) -> None:
    plan = airflow.plan("2024-01-02", "2024-01-04", only="missing")
    *_, last = controller.run(plan, airflow.api, clock=airflow.clock, executor=InlineExecutor())
    error = incomplete(plan, last)
    assert error and not error.hint.then


def test_a_task_that_has_ended_in_the_waiting_run_waits_for_nothing(airflow: ChainedAirflow) -> None:
    airflow.tasks[""] = [instance("", 3, "after")]
    assert airflow.blocked() is None


@pytest.mark.parametrize(
    ("owner", "hint"),
    [("mlopsctl backfill ab12cd", "mlopsctl backfills cancel d"), (None, "mark the runs that wait as failed")],
)
def test_a_run_that_cannot_start_because_those_that_wait_for_it_are_running(
    tmp_path: Path, owner: str | None, hint: str
) -> None:
    """As after the failed run of a backfill was cleared."""
    airflow = ChainedAirflow(tmp_path, d2024_01_02="queued", d2024_01_03="running", d2024_01_04="running")
    airflow.tasks[""] = [instance("", 3)]
    for run in airflow.runs.values():
        run["note"] = owner
    assert airflow.blocked(max_active_runs=3) is None
    found = airflow.blocked(max_active_runs=2)
    assert found and found.reason.startswith("the run of 2024-01-02 has to succeed first, and cannot start while they")
    assert found.hint.text().startswith(hint)
    plan = airflow.plan("2024-01-02", "2024-01-04", replace(UNSCHEDULED, max_active_runs=2))
    *_, last = controller.run(plan, airflow.api, clock=airflow.clock, executor=InlineExecutor())
    error = incomplete(plan, last)
    rerun = ("backfill", "d", "--from", "2024-01-02", "--to", "2024-01-04")
    assert error and rerun in (error.hint.command, error.hint.then)


def test_runs_that_leave_no_room_for_the_failed_one_end_first(airflow: ChainedAirflow) -> None:
    airflow.runs["2024-01-03T00:00:00+00:00"]["note"] = "mlopsctl backfill ab12cd"
    found = airflow.blocked(max_active_runs=1)
    assert found and found.reason.endswith("failed on 2024-01-02")
    assert found.hint.command == ("backfills", "cancel", "d")
