from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from mlopsctl.core.model import Backfill
from mlopsctl.core.states import BackfillState
from mlopsctl.core.steps import PlannedStep, Step
from mlopsctl.operations.backfill import cancel
from tests.operations.backfill.existing import OURS, THEIRS, Standing
from tests.operations.fake_airflow import Scripted

VERIFY = PlannedStep("verify", "wait until none of its runs is queued or running, and no task of it at work")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancel, "PAUSE", 0.001)
    monkeypatch.setattr(cancel, "running_task_ids", lambda supervisor: {"t"})


class WithCancel(Scripted):
    """Airflow's cancel: the queued runs fail, the running ones go on."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method != "PUT":
            return super().answer(request)
        for at, run in list(self.runs.items()):
            if run["state"] == "queued":
                self.put(at, "failed", run["dag_run_id"])
        return httpx.Response(200, json={})


class Racing(Scripted):
    """`quick`: ids of runs that succeed just before they are failed. `slow`: of those that clear up first. `looked`:
    the runs that were asked to end, by request."""

    quick: Collection[str] = ()
    slow: Collection[str] = ()

    def change(self, body: dict[str, Any]) -> httpx.Response:
        (action,) = body["actions"]
        asked = {run["dag_run_id"]: run["state"] for run in action["entities"]}
        for at, run in list(self.runs.items()):
            id_ = run["dag_run_id"]
            if id_ in asked and id_ not in self.slow:
                self.put(at, asked[id_], id_)
        return httpx.Response(200, json={"update": {"success": list(asked), "errors": []}})

    def completed_runs(self, run_ids: Collection[str]) -> list[str]:
        failed = {run["dag_run_id"] for run in self.runs.values() if run["state"] == "failed"}
        return sorted(failed & set(run_ids) & set(self.quick))


def done(standing: Standing, folder: Path) -> list[Step]:
    backfill = standing.now()
    steps = list(cancel.run(cancel.plan(backfill), standing.platform(folder), backfill))
    return [step for step in steps if step.state != "running"]


def states(scripted: Scripted) -> Counter[str]:
    return Counter(run["state"] for run in scripted.runs.values())


def test_the_plan_says_what_ends_and_asks() -> None:
    plan = cancel.plan(replace(THEIRS, queued=84, running=16))
    assert plan.steps == (PlannedStep("cancel", "close the backfill, end 84 queued and 16 running runs"), VERIFY)
    assert plan.asks == "Cancel backfill 7 of d: 84 queued and 16 running runs will end as failed. Go on?"
    assert plan.notes == ("A task at work is killed within 15 s; one that clears up still does so.",)
    assert cancel.plan(replace(OURS, queued=1)).steps[0].what == "end 1 queued and 0 running runs"
    assert cancel.plan(THEIRS).steps[0].what == "close the backfill, end the runs that Airflow is making"


@pytest.mark.parametrize("state", ["done", "cancelled"])
def test_to_cancel_what_has_ended_does_nothing(tmp_path: Path, state: str) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="success")
    ended = replace(OURS, state=state, success=1)  # type: ignore[arg-type]
    plan = cancel.plan(ended)
    assert plan.empty and not plan.asks
    assert plan.notes == (f"backfill a1b2c3 of d has ended ({state}): nothing to cancel.",)
    steps = list(cancel.run(plan, Standing(scripted).platform(tmp_path), ended))
    assert [step.state for step in steps] == ["ok", "ok"] and not scripted.asked


def test_runs_that_somebody_cleared_in_one_that_ended_by_itself_are_left_alone() -> None:
    assert cancel.plan(replace(THEIRS, state=BackfillState.DONE, queued=2)).empty


def test_what_a_cancelled_one_left_queued_or_running_is_ended() -> None:
    left = replace(THEIRS, state=BackfillState.CANCELLED, record_paused=True, queued=3, orphaned=3)
    plan = cancel.plan(left)
    assert (plan.steps[0].what, plan.asks) == ("end 3 runs left queued for ever", "")
    assert cancel.plan(replace(left, running=2)).asks


def test_queued_and_running_runs_end_and_it_is_looked_that_they_have(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="success", d2024_01_02="running", d2024_01_03="queued")
    steps = done(Standing(scripted), tmp_path)
    assert [(step.name, step.state, step.detail) for step in steps] == [
        ("cancel", "changed", "2 runs ended"),
        ("verify", "ok", "no run is queued or running, no task at work"),
    ]
    assert states(scripted) == {"success": 1, "failed": 2}


def test_of_airflows_own_the_running_ones_end_too(tmp_path: Path) -> None:
    scripted = WithCancel(tmp_path, d2024_01_01="running", d2024_01_02="queued", d2024_01_03="queued")
    steps = done(Standing(scripted, THEIRS), tmp_path)
    assert steps[0].detail == "3 runs ended"
    assert scripted.asked["PUT cancel"] == 1 and scripted.asked["PATCH dagRuns"] == 1
    assert states(scripted) == {"failed": 3}


def test_it_waits_until_the_killed_tasks_are_gone(tmp_path: Path) -> None:
    standing = Standing(Scripted(tmp_path, d2024_01_01="running"))
    standing.at_work = 3
    backfill = standing.now()
    steps = list(cancel.run(cancel.plan(backfill), standing.platform(tmp_path), backfill))
    waited = [step.detail for step in steps if "being killed" in step.detail]
    assert waited == ["no run is left, 1 tasks are being killed"] * 3


def test_runs_that_are_made_meanwhile_end_too(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="running")
    standing = Standing(scripted)
    backfill = standing.now()
    made = iter(["2024-01-02", "2024-01-03"])
    for step in cancel.run(cancel.plan(backfill), standing.platform(tmp_path), backfill):
        if step.detail.startswith("looking") and (day := next(made, "")):
            scripted.put(f"{day}T00:00:00+00:00", "queued", day)
        last = step
    assert last.state == "ok" and states(scripted) == {"failed": 3}


def test_a_server_that_fails_for_a_moment_is_asked_again(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="running", d2024_01_02="queued")
    scripted.dead = 2
    assert done(Standing(scripted), tmp_path)[-1].state == "ok"
    assert states(scripted) == {"failed": 2}


def test_runs_that_succeed_between_the_look_and_the_request_stay_a_success(tmp_path: Path) -> None:
    scripted = Racing(tmp_path, d2024_01_01="running", d2024_01_02="running", d2024_01_03="queued")
    scripted.quick = {"manual__d2024_01_01"}
    assert done(Standing(scripted), tmp_path)[0].detail == "2 runs ended"
    assert [run["state"] for _, run in sorted(scripted.runs.items())] == ["success", "failed", "failed"]


def test_they_do_also_where_the_answer_of_the_request_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Racing(tmp_path, d2024_01_01="running", d2024_01_02="queued")
    scripted.quick = {"manual__d2024_01_01"}
    change, lost = scripted.change, iter([True])

    def losing(body: dict[str, Any]) -> httpx.Response:
        answer = change(body)
        if next(lost, False):
            raise httpx.ReadError("connection lost")
        return answer

    monkeypatch.setattr(scripted, "change", losing)
    assert done(Standing(scripted), tmp_path)[0].detail == "1 runs ended"
    assert states(scripted) == {"success": 1, "failed": 1}


def test_what_has_ended_by_itself_is_seen_before_every_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [f"d2024_{month:02}_{day:02}" for month in (1, 2) for day in range(1, 29)]
    scripted = Racing(tmp_path, **dict.fromkeys(days[:6], "running"), **dict.fromkeys(days[6:], "queued"))
    change = scripted.change

    def meanwhile(body: dict[str, Any]) -> httpx.Response:
        running = [(at, run["dag_run_id"]) for at, run in scripted.runs.items() if run["state"] == "running"]
        for at, run_id in running[:2]:
            scripted.put(at, "success", run_id)
        return change(body)

    monkeypatch.setattr(scripted, "change", meanwhile)
    assert done(Standing(scripted), tmp_path)[0].detail == "52 runs ended"
    assert scripted.asked["PATCH dagRuns"] == 3
    assert states(scripted) == {"success": 4, "failed": 52}


def test_runs_that_clear_up_do_not_keep_the_others_from_their_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [f"d2024_01_{day:02}" for day in range(1, 31)]
    scripted = Racing(tmp_path, **dict.fromkeys(days, "running"))
    scripted.slow = {f"manual__{day}" for day in days[1:]}
    backfill = Standing(scripted).now()
    for step in cancel.run(cancel.plan(backfill), Standing(scripted).platform(tmp_path), backfill):
        if scripted.asked["PATCH dagRuns"] == 3:
            assert states(scripted) == {"running": 29, "failed": 1}
            scripted.slow = ()
        last = step
    assert last.state == "ok" and states(scripted) == {"failed": 30}


def test_what_does_not_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancel, "PATIENCE", 0.05)
    scripted = Scripted(tmp_path, d2024_01_01="running")
    monkeypatch.setattr(scripted.api, "mark_runs_failed", lambda *_: None)
    (step,) = done(Standing(scripted), tmp_path)
    assert step.error and (step.state, step.error.code) == ("failed", "not-cancelled")
    assert step.error.message.startswith("1 runs of backfill a1b2c3 have not ended for")


def test_airflows_own_is_cancelled_only_when_its_runs_are_made(tmp_path: Path) -> None:
    scripted = WithCancel(tmp_path)
    standing = Standing(scripted, THEIRS)
    empty: Backfill = THEIRS
    made = False
    for step in cancel.run(cancel.plan(empty), standing.platform(tmp_path), empty):
        if step.detail == "Airflow is still making its runs" and not made:
            assert not scripted.asked["PUT cancel"]
            scripted.put("2024-01-01T00:00:00+00:00", "queued", "r")
            made = True
    assert made and states(scripted) == {"failed": 1}
