"""How submissions are sent. What the engines submit is tested in engines/."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock
from mlopsctl.core.errors import Unavailable
from mlopsctl.core.executor import DaemonExecutor
from mlopsctl.core.states import RunAction
from mlopsctl.operations.backfill.engines import engine_for
from mlopsctl.operations.backfill.engines.base import Execution
from mlopsctl.operations.backfill.execution.submitter import Submitter
from mlopsctl.operations.backfill.plan import BackfillPlan
from tests.fake_api import api_v2
from tests.inline_executor import InlineExecutor
from tests.operations.fake_airflow import FakeAirflow


def submitter(
    airflow: FakeAirflow, plan: BackfillPlan, executor: Executor | None = None, clock: Clock | None = None
) -> Submitter:
    clock = clock or airflow.clock
    engine = engine_for(plan.engine)(airflow.api, clock)
    execution = Execution(plan, engine.initial_id(plan, "ab12cd"), datetime.now(UTC))
    return Submitter(execution, engine, executor or InlineExecutor(), clock)


def submitted(airflow: FakeAirflow, plan: BackfillPlan) -> Submitter:
    """Everything sent, without threads."""
    sender = submitter(airflow, plan)
    while not sender.done:
        sender.advance()
        sender.wait(1)
    return sender


def active(airflow: FakeAirflow) -> int:
    return sum(run["state"] in ("running", "queued") for run in airflow.runs.values())


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_unanswered_submissions_are_sent_again(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    plan = airflow.plan("2024-01-01", "2024-01-05")
    airflow.fail_next = 6
    sender = submitter(airflow, plan)
    sender.advance()
    sender.advance()
    assert "Connection refused" in sender.waits_for
    assert submitted(airflow, plan).done and len(airflow.runs) == 5


def test_throttled_submissions_never_exceed_the_limit(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    sender = submitter(airflow, airflow.plan("2024-01-01", "2024-01-09", max_active=2))
    for created in (2, 4, 6, 8, 9):
        sender.advance()
        sender.wait(5)
        assert len(airflow.runs) == created
        airflow.end_runs("success")
        sender.make_room(active(airflow))
    sender.advance()
    assert sender.done


def test_resumed_runs_count_against_the_limit_from_the_start(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="running", d2024_01_02="queued")
    sender = submitter(airflow, airflow.plan("2024-01-01", "2024-01-09", max_active=3))
    sender.advance()
    sender.wait(5)
    assert active(airflow) == 3


def test_orphaned_run_does_not_count_against_the_limit(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="queued")
    plan = airflow.plan("2024-01-01", "2024-01-01", max_active=1)
    orphaned = replace(plan.runs[0], action=RunAction.AGAIN, orphaned=True, unclearable=True)
    sender = submitter(airflow, replace(plan, runs=(orphaned,)))
    sender.make_room(1)
    sender.advance()
    assert [run["dag_run_id"] for run in airflow.runs.values()] == ["mlopsctl__ab12cd__2024-01-01"]


def test_rejected_submission_raises(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    plan = airflow.plan("2024-01-01", "2024-01-05", conf={"a": 1})
    airflow.rejection = "conf is not allowed"
    with pytest.raises(RequestRejected, match="conf is not allowed"):
        submitted(airflow, plan)


def test_unexpected_exception_reaches_the_caller(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    plan = airflow.plan("2024-01-01", "2024-01-05")
    airflow.api = api_v2(tmp_path, lambda _: httpx.Response(200, json={"another": "answer"}))
    with pytest.raises(KeyError, match="dag_run_id"):
        submitted(airflow, plan)


def test_submission_that_is_never_answered_raises(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    plan = airflow.plan("2024-01-01", "2024-01-02")
    airflow.fail_next = 10**9
    with pytest.raises(Unavailable):
        submitted(airflow, plan)


def test_outdated_states_are_those_of_runs_that_were_not_submitted(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="failed", d2024_01_02="success", d2024_01_03="failed")
    plan = airflow.plan("2024-01-01", "2024-01-04", everything=True)
    assert submitter(airflow, plan).outdated == {"failed": 2, "success": 1, "": 1}
    sender = submitted(airflow, plan)
    assert not sender.outdated and sorted(at.day for at in sender.submitted) == [1, 2, 3, 4]


def test_plan_without_changes_has_an_id_only_if_its_runs_are_under_way(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success")
    assert submitter(airflow, airflow.plan("2024-01-01", "2024-01-01")).execution.id is None
    airflow.add_run("2024-01-02T00:00:00+00:00", "running", "mlopsctl__ab12cd__2024-01-02")
    assert submitter(airflow, airflow.plan("2024-01-01", "2024-01-02")).execution.id == "ab12cd"


def test_stop_cancels_what_has_not_started_and_waits_for_the_rest(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    plan = airflow.plan("2023-01-01", "2025-12-31")
    with DaemonExecutor(4) as pool:
        sender = submitter(airflow, plan, pool, SYSTEM_CLOCK)
        sender.advance()
        until(lambda: bool(airflow.runs))
        sender.close()
        created = len(airflow.runs)
        assert 0 < created <= 25 and sender.done is False
        sender.wait(0.05)
        assert sender.done and len(sender.submitted) == len(airflow.runs) == created


def test_submissions_are_sent_side_by_side(tmp_path: Path) -> None:
    airflow, barrier = FakeAirflow(tmp_path), threading.Barrier(4)
    plan = airflow.plan("2024-01-01", "2024-01-08")

    def slow(request: httpx.Request) -> httpx.Response:
        barrier.wait(10)  # only four requests at once pass it
        return airflow(request)

    airflow.api = api_v2(tmp_path, slow)
    with DaemonExecutor(4) as pool:
        sender = submitter(airflow, plan, pool, SYSTEM_CLOCK)
        sender.advance()
        while not sender.done:
            sender.wait(0.01)
        assert len(airflow.runs) == 8
