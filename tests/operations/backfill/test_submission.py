import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.core.errors import Unavailable
from mlopsctl.core.states import RunAction
from mlopsctl.operations.backfill.submission import Creation
from tests.fake_api import api_v2
from tests.operations.fake_airflow import Scripted


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < deadline, "it does not come to that"
        time.sleep(0.01)


def wait(creation: Creation) -> None:
    until(lambda: creation.done)


def until_there_are(scripted: Scripted, runs: int) -> None:
    until(lambda: len(scripted.runs) >= runs)


def active(scripted: Scripted) -> int:
    with scripted.lock:
        return sum(run["state"] in ("running", "queued") for run in scripted.runs.values())


def test_what_a_dead_server_did_not_take_is_said_again(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    plan = scripted.plan("2024-01-01", "2024-01-05")
    scripted.dead = 6
    with Creation(plan, scripted.api, "x") as creation:
        wait(creation)
    assert len(scripted.runs) == 5


def test_with_a_limit_there_are_never_more_active_runs(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    plan = scripted.plan("2024-01-01", "2024-01-09", max_active=2)
    with Creation(plan, scripted.api, "x") as creation:
        for made in (2, 4, 6, 8, 9):
            creation.count(lambda: active(scripted))
            until_there_are(scripted, made)
            time.sleep(0.3)  # more would come in this time
            assert len(scripted.runs) == made
            scripted.all_are("success")
        wait(creation)


def test_a_no_of_the_server_ends_it(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    plan = scripted.plan("2024-01-01", "2024-01-05", conf={"a": 1})
    scripted.runs.clear()
    scripted.refusal = "conf is not allowed"
    with Creation(plan, scripted.api, "x") as creation, pytest.raises(RequestRejected, match="conf is not allowed"):
        wait(creation)


def test_what_still_stands_as_it_ended_is_told(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="failed", d2024_01_02="success", d2024_01_03="failed")
    creation = Creation(scripted.plan("2024-01-01", "2024-01-03", everything=True), scripted.api, "x")
    assert creation.pending == {"failed": 2, "success": 1}
    with creation:
        wait(creation)
    assert not +creation.pending


def test_nothing_to_make_has_no_id_unless_runs_are_under_way(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="success")
    assert Creation(scripted.plan("2024-01-01", "2024-01-01"), scripted.api, "x").backfill_id is None
    scripted.put("2024-01-02T00:00:00+00:00", "running", "mlopsctl__ab12cd__2024-01-02")
    plan = scripted.plan("2024-01-01", "2024-01-02")
    assert plan.standing_id == "ab12cd"
    assert Creation(plan, scripted.api, plan.standing_id).backfill_id == "ab12cd"


def test_left_early_it_makes_nothing_more(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    plan = scripted.plan("2023-01-01", "2025-12-31")
    with Creation(plan, scripted.api, "x"):
        until_there_are(scripted, 1)
    made = len(scripted.runs)
    time.sleep(0.3)
    assert len(scripted.runs) == made < 1096


def test_what_was_begun_is_known(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="failed", d2024_01_02="success")
    creation = Creation(scripted.plan("2024-01-01", "2024-01-09", max_active=3), scripted.api, "x")
    assert not creation.begun
    with creation:
        until_there_are(scripted, 4)
    assert sorted(at.day for at in creation.begun) == [1, 3, 4]


def test_a_request_that_is_never_answered_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlopsctl.operations.backfill.submission.SERVER_SILENT", 0.3)
    scripted = Scripted(tmp_path)
    plan = scripted.plan("2024-01-01", "2024-01-02")
    scripted.dead = 10_000
    with Creation(plan, scripted.api, "x") as creation, pytest.raises(Unavailable):
        wait(creation)


def test_what_nobody_foresaw_ends_it_and_reaches_who_asks(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    plan = scripted.plan("2024-01-01", "2024-01-05")
    page = httpx.Response(200, text="<html>a proxy's page</html>")
    api = api_v2(tmp_path, lambda _: page)
    with Creation(plan, api, "x") as creation, pytest.raises(ValueError, match="Expecting value"):
        wait(creation)


def test_on_a_resume_those_under_way_take_their_room_from_the_start(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="running", d2024_01_02="queued")
    with Creation(scripted.plan("2024-01-01", "2024-01-09", max_active=3), scripted.api, "x"):
        until_there_are(scripted, 3)
        time.sleep(0.3)  # nobody has counted: more would come in this time
        assert active(scripted) == 3


def test_a_stuck_run_takes_no_room_from_the_one_in_its_place(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="queued")
    plan = scripted.plan("2024-01-01", "2024-01-01", max_active=1)
    stuck = replace(plan, runs=(replace(plan.runs[0], action=RunAction.AGAIN, orphaned=True, unclearable=True),))
    creation = Creation(stuck, scripted.api, "ab12cd")
    creation.count(lambda: 1)
    with creation:
        wait(creation)
    assert [run["dag_run_id"] for run in scripted.runs.values()] == ["mlopsctl__ab12cd__2024-01-01"]
    creation.count(lambda: 1)
    assert creation._room == 0
