from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from mlopsctl.core.states import BackfillState, StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations.backfill.existing import cancel
from tests.operations.backfill.fake_metadata import NATIVE, PER_RUN, FakeMetadata
from tests.operations.fake_airflow import FakeAirflow


class WithCancel(FakeAirflow):
    """Airflow's own cancel: queued runs fail, running ones continue."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method != "PUT":
            return super().answer(request)
        self.end_runs("failed", only=["queued"])
        return httpx.Response(200, json={})


class Racing(FakeAirflow):
    """`quick`: ids of runs that succeed just before they are marked failed. `slow`: of runs that clean up first."""

    quick: Collection[str] = ()
    slow: Collection[str] = ()

    def patch(self, body: dict[str, Any]) -> httpx.Response:
        (action,) = body["actions"]
        states = {run["dag_run_id"]: run["state"] for run in action["entities"]}
        for run in self.runs.values():
            if run["dag_run_id"] in states and run["dag_run_id"] not in self.slow:
                run["state"] = states[run["dag_run_id"]]
        return httpx.Response(200, json={"update": {"success": list(states), "errors": []}})

    def completed_runs(self, run_ids: Collection[str]) -> list[str]:
        failed = {run["dag_run_id"] for run in self.runs.values() if run["state"] == "failed"}
        return sorted(failed & set(run_ids) & set(self.quick))


def steps_of(found: FakeMetadata) -> Iterator[Step]:
    return cancel.run(cancel.plan(found.backfill), found.target(), found.backfill, found.airflow.clock)


def finished(found: FakeMetadata) -> list[Step]:
    return [step for step in steps_of(found) if step.state != StepState.RUNNING]


def states(airflow: FakeAirflow) -> Counter[str]:
    return Counter(run["state"] for run in airflow.runs.values())


def test_plan_describes_what_ends_and_asks() -> None:
    plan = cancel.plan(replace(NATIVE, queued=84, running=16))
    assert plan.steps[0].what == "close the backfill, end 84 queued and 16 running runs"
    assert plan.asks == "Cancel backfill 7 of d: 84 queued and 16 running runs will end as failed. Continue?"
    assert len(plan.notes) == 1
    assert cancel.plan(replace(PER_RUN, queued=1)).steps[0].what == "end 1 queued and 0 running runs"
    assert cancel.plan(NATIVE).steps[0].what == "close the backfill, end the runs that Airflow is creating"


@pytest.mark.parametrize("state", [BackfillState.DONE, BackfillState.CANCELLED])
def test_cancelling_an_ended_backfill_does_nothing(tmp_path: Path, state: BackfillState) -> None:
    airflow, ended = FakeAirflow(tmp_path, d2024_01_01="success"), replace(PER_RUN, state=state, success=1)
    plan = cancel.plan(ended)
    assert plan.empty and not plan.asks
    steps = list(cancel.run(plan, FakeMetadata(airflow).target(), ended))
    assert [step.state for step in steps] == ["ok", "ok"] and not airflow.requests


def test_runs_cleared_after_a_normal_end_are_left_alone() -> None:
    assert cancel.plan(replace(NATIVE, state=BackfillState.DONE, queued=2)).empty


def test_runs_that_a_cancel_left_behind_are_ended() -> None:
    left = replace(NATIVE, state=BackfillState.CANCELLED, record_paused=True, queued=3, orphaned=3)
    plan = cancel.plan(left)
    assert not plan.empty and not plan.asks
    assert cancel.plan(replace(left, running=2)).asks


def test_cancel_ends_queued_and_running_runs(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success", d2024_01_02="running", d2024_01_03="queued")
    steps = finished(FakeMetadata(airflow))
    assert [(step.name, step.state) for step in steps] == [("cancel", "changed"), ("verify", "ok")]
    assert steps[0].detail == "2 runs ended"
    assert states(airflow) == {"success": 1, "failed": 2}


def test_cancel_of_a_native_backfill_ends_running_runs_too(tmp_path: Path) -> None:
    airflow = WithCancel(tmp_path, d2024_01_01="running", d2024_01_02="queued", d2024_01_03="queued")
    steps = finished(FakeMetadata(airflow, NATIVE))
    assert steps[0].detail == "3 runs ended"
    assert airflow.requests["PUT cancel"] == 1 and airflow.requests["PATCH dagRuns"] == 1
    assert states(airflow) == {"failed": 3}


def test_cancel_waits_for_killed_tasks(tmp_path: Path) -> None:
    found = FakeMetadata(FakeAirflow(tmp_path, d2024_01_01="running"))
    found.task_looks = 3
    waited = [step.detail for step in steps_of(found) if "task" in step.detail and step.state == StepState.RUNNING]
    assert waited == ["no run is left; 1 task still running"] * 3


def test_runs_created_meanwhile_are_ended_too(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="running")
    days = iter(["2024-01-02", "2024-01-03"])
    for step in steps_of(FakeMetadata(airflow)):
        if step.detail.startswith("checking") and (day := next(days, "")):
            airflow.add_run(f"{day}T00:00:00+00:00", "queued", day)
        last = step
    assert last.state == StepState.OK and states(airflow) == {"failed": 3}


def test_unavailable_server_is_asked_again(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="running", d2024_01_02="queued")
    airflow.fail_next = 2
    assert finished(FakeMetadata(airflow))[-1].state == StepState.OK
    assert states(airflow) == {"failed": 2}


def test_run_that_succeeds_just_before_the_request_stays_successful(tmp_path: Path) -> None:
    airflow = Racing(tmp_path, d2024_01_01="running", d2024_01_02="running", d2024_01_03="queued")
    airflow.quick = {"manual__d2024_01_01"}
    assert finished(FakeMetadata(airflow))[0].detail == "2 runs ended"
    assert [run["state"] for _, run in sorted(airflow.runs.items())] == ["success", "failed", "failed"]


def test_run_that_succeeds_stays_successful_if_the_answer_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    airflow = Racing(tmp_path, d2024_01_01="running", d2024_01_02="queued")
    airflow.quick = {"manual__d2024_01_01"}
    patch, lost = airflow.patch, iter([True])

    def lose(body: dict[str, Any]) -> httpx.Response:
        answer = patch(body)
        if next(lost, False):
            raise httpx.ReadError("connection lost")
        return answer

    monkeypatch.setattr(airflow, "patch", lose)
    assert finished(FakeMetadata(airflow))[0].detail == "1 run ended"
    assert states(airflow) == {"success": 1, "failed": 1}


def test_runs_are_looked_at_before_every_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [f"d2024_{month:02}_{day:02}" for month in (1, 2) for day in range(1, 29)]
    airflow = Racing(tmp_path, **dict.fromkeys(days[:6], "running"), **dict.fromkeys(days[6:], "queued"))
    patch = airflow.patch

    def meanwhile(body: dict[str, Any]) -> httpx.Response:
        for run in [run for run in airflow.runs.values() if run["state"] == "running"][:2]:
            run["state"] = "success"
        return patch(body)

    monkeypatch.setattr(airflow, "patch", meanwhile)
    assert finished(FakeMetadata(airflow))[0].detail == "52 runs ended"
    assert airflow.requests["PATCH dagRuns"] == 3
    assert states(airflow) == {"success": 4, "failed": 52}


def test_slow_runs_do_not_delay_the_others(tmp_path: Path) -> None:
    days = [f"d2024_01_{day:02}" for day in range(1, 31)]
    airflow = Racing(tmp_path, **dict.fromkeys(days, "running"))
    airflow.slow = {f"manual__{day}" for day in days[1:]}
    for step in steps_of(FakeMetadata(airflow)):
        if airflow.requests["PATCH dagRuns"] == 3:
            assert states(airflow) == {"running": 29, "failed": 1}
            airflow.slow = ()
        last = step
    assert last.state == StepState.OK and states(airflow) == {"failed": 30}


def test_run_that_does_not_end_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="running")
    monkeypatch.setattr(airflow.api, "mark_runs_failed", lambda *_: None)
    (step,) = finished(FakeMetadata(airflow))
    assert step.error and (step.state, step.error.code) == (StepState.FAILED, "not-cancelled")
    assert airflow.clock.now > cancel.GIVE_UP


def test_native_backfill_is_cancelled_after_its_runs_are_created(tmp_path: Path) -> None:
    airflow = WithCancel(tmp_path)
    created = False
    for step in steps_of(FakeMetadata(airflow, NATIVE)):
        if step.detail == "Airflow is still creating its runs" and not created:
            assert not airflow.requests["PUT cancel"]
            airflow.add_run("2024-01-01T00:00:00+00:00", "queued", "r")
            created = True
    assert created and states(airflow) == {"failed": 1}
