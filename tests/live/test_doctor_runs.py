"""Runs and tasks that make no progress: each cause is created in the real Airflow, found, and fixed if that is safe."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlopsctl.adapters.airflow.release import MAX_RUNS_PER_LOOP
from mlopsctl.operations.doctor.check import Finding
from mlopsctl.operations.platform import Platform
from tests.live.conftest import LivePlatform
from tests.live.test_dags import until
from tests.operations.doctor.contexts import doctor_context, findings, fix_first

pytestmark = pytest.mark.live

LONG_AGO = "now() - interval '10 min'"
DAY = datetime(2024, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def airflow(platform: LivePlatform) -> Platform:
    return doctor_context(platform.home).platform


def age(airflow: Platform, run_id: str, column: str, table: str = "dag_run") -> None:
    """Make it look as if it had been waiting for ten minutes."""
    airflow.postgres.query(f"UPDATE {table} SET {column} = {LONG_AGO} WHERE run_id = '{run_id}'")
    if column == "queued_at":
        airflow.postgres.query(f"UPDATE dag_run SET run_after = {LONG_AGO} WHERE run_id = '{run_id}'")


@contextmanager
def runs(airflow: Platform, dag_id: str, *names: str) -> Iterator[None]:
    for n, name in enumerate(names):
        airflow.api.create_run(dag_id, DAY + timedelta(hours=n), run_id=name)
    try:
        yield
    finally:
        airflow.api.mark_runs_failed(dag_id, names)
        airflow.postgres.query(f"DELETE FROM dag_run WHERE dag_id = '{dag_id}' AND run_id LIKE 'doctor%'")


@contextmanager
def silent_scheduler(airflow: Platform) -> Iterator[None]:
    """A scheduler that runs and does nothing."""
    pid = airflow.supervisor.states()["scheduler"].pid
    assert pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def findings_of(dag_id: str, name: str, home: Path) -> list[Finding]:
    """What a check finds about a DAG. Raises if the check is skipped."""
    return [finding for finding in findings(name, home) if dag_id in finding.message]


def test_queued_runs_of_a_paused_dag(platform: LivePlatform, airflow: Platform) -> None:
    airflow.api.set_paused("live_west", True)
    try:
        with runs(airflow, "live_west", "doctor_1", "doctor_2"):
            assert findings_of("live_west", "queued-runs", platform.home) == [], "not queued for long"
            for name in ("doctor_1", "doctor_2"):
                age(airflow, name, "queued_at")
            (finding,) = findings_of("live_west", "queued-runs", platform.home)
            assert finding.verdict == "warning" and finding.message.startswith("2 runs of live_west ")
            assert "10 min" in finding.message
            assert finding.hint.command == ("dags", "unpause", "live_west")
    finally:
        airflow.api.set_paused("live_west", False)
    assert findings_of("live_west", "queued-runs", platform.home) == []


def test_runs_that_a_cancelled_backfill_left_queued_are_set_to_failed(
    platform: LivePlatform, airflow: Platform
) -> None:
    """Cancelling fails the queued runs; one that is cleared afterwards stays queued."""
    day = datetime(2024, 6, 1, tzinfo=UTC)
    until(lambda: airflow.api.active_backfill("live_spare"), lambda other: other is None)  # of another test
    airflow.api.set_paused("live_spare", True)
    backfill = airflow.api.create_backfill("live_spare", day, day)
    airflow.api.cancel_backfill(backfill.id)
    (run,) = airflow.api.runs("live_spare", day, day)
    assert run.state == "failed"
    airflow.api.clear_runs("live_spare", [run.run_id])
    age(airflow, run.run_id, "queued_at")
    (finding,) = findings_of("live_spare", "stranded-runs", platform.home)
    assert (finding.verdict, finding.key) == ("error", "live_spare")
    assert findings_of("live_spare", "queued-runs", platform.home) == [], "it is reported only once"
    assert fix_first("stranded-runs", platform.home) == ["set 1 run of live_spare to failed"]
    assert findings_of("live_spare", "stranded-runs", platform.home) == []
    assert airflow.api.run("live_spare", run.run_id).state == "failed"


def test_tasks_that_wait_for_a_pool_that_is_too_small_or_missing(platform: LivePlatform, airflow: Platform) -> None:
    slots = airflow.postgres.query("SELECT slots FROM slot_pool WHERE pool = 'default_pool'").strip()
    airflow.postgres.query("UPDATE slot_pool SET slots = 0 WHERE pool = 'default_pool'")
    try:
        with runs(airflow, "live_manual", "doctor_pool"):
            state = "SELECT state FROM task_instance WHERE run_id = 'doctor_pool'"
            until(lambda: airflow.postgres.query(state).strip(), lambda found: found == "scheduled")
            age(airflow, "doctor_pool", "scheduled_dttm", "task_instance")
            (finding,) = findings_of("live_manual", "waiting-tasks", platform.home)
            assert finding.verdict == "error" and "pool default_pool" in finding.message
            assert finding.hint.command == ("airflow", "--", "pools", "list")
            airflow.postgres.query("UPDATE task_instance SET pool = 'gone' WHERE run_id = 'doctor_pool'")
            (finding,) = findings_of("live_manual", "waiting-tasks", platform.home)
            assert finding.verdict == "error"
            assert finding.hint.command == ("airflow", "--", "pools", "set", "gone", "16", "")
    finally:
        airflow.postgres.query(f"UPDATE slot_pool SET slots = {slots} WHERE pool = 'default_pool'")
    assert findings_of("live_manual", "waiting-tasks", platform.home) == []


def test_tasks_that_wait_for_a_full_pool_or_a_free_worker(platform: LivePlatform, airflow: Platform) -> None:
    with silent_scheduler(airflow), runs(airflow, "live_manual", "doctor_works", "doctor_waits"):
        for name, state in (("doctor_works", "running"), ("doctor_waits", "scheduled")):
            values = f"state = '{state}', start_date = now(), last_heartbeat_at = now(), pool = 'doctor'"
            airflow.postgres.query(f"UPDATE task_instance SET {values} WHERE run_id = '{name}'")
        age(airflow, "doctor_waits", "scheduled_dttm", "task_instance")
        table = "slot_pool (pool, slots, include_deferred)"
        airflow.postgres.query(f"INSERT INTO {table} VALUES ('doctor', 1, false)")
        try:
            (finding,) = findings_of("live_manual", "waiting-tasks", platform.home)
            assert finding.verdict == "warning" and "pool doctor" in finding.message
            airflow.postgres.query("UPDATE slot_pool SET slots = 2 WHERE pool = 'doctor'")
            (finding,) = findings_of("live_manual", "waiting-tasks", platform.home)
            assert (finding.verdict, finding.hint.command) == ("error", ("doctor", "--only", "services"))
            (group,) = airflow.metadata.scheduled_tasks(60, parallelism=1)
            assert (group.reason, group.what, group.run_ids) == ("slots", "doctor", ("doctor_waits",))
        finally:
            airflow.postgres.query("DELETE FROM slot_pool WHERE pool = 'doctor'")


def test_runs_without_a_task_alone_and_among_many(platform: LivePlatform, airflow: Platform) -> None:
    with silent_scheduler(airflow), runs(airflow, "live_manual", "doctor_0"):
        started = f"UPDATE dag_run SET state = 'running', start_date = {LONG_AGO} WHERE run_id"
        airflow.postgres.query(f"{started} = 'doctor_0'")
        (finding,) = findings_of("live_manual", "starved-runs", platform.home)
        assert (finding.verdict, finding.hint.command) == ("error", ("doctor", "--only", "services"))
        airflow.postgres.query(
            "INSERT INTO dag_run (dag_id, run_id, run_type, run_after, state) "
            "SELECT dag_id, 'doctor_crowd_' || n, run_type, run_after, state "
            f"FROM dag_run, generate_series(1, {MAX_RUNS_PER_LOOP}) n WHERE run_id = 'doctor_0'"
        )
        (finding,) = findings_of("live_manual", "starved-runs", platform.home)
        assert (finding.verdict, finding.hint.command[:2]) == ("warning", ("backfill", "live_manual"))


def test_runs_behind_a_failed_one(platform: LivePlatform, airflow: Platform) -> None:
    with silent_scheduler(airflow), runs(airflow, "live_past", "doctor_failed", "doctor_waits"):
        for table in ("dag_run", "task_instance"):
            airflow.postgres.query(f"UPDATE {table} SET state = 'failed' WHERE run_id = 'doctor_failed'")
        airflow.postgres.query(
            f"UPDATE dag_run SET state = 'running', start_date = {LONG_AGO} WHERE run_id = 'doctor_waits'"
        )
        airflow.api.set_paused("live_past", False)
        try:
            (finding,) = findings_of("live_past", "blocked-runs", platform.home)
            assert finding.verdict == "error" and "failed on 2024-06-01" in finding.message
            assert finding.hint.command == ("backfill", "live_past", "--from", "2024-06-01", "--to", "2024-06-01")
            assert findings_of("live_past", "starved-runs", platform.home) == [], "it is reported only once"
        finally:
            airflow.api.set_paused("live_past", True)


def test_task_without_a_heartbeat_is_set_to_failed(platform: LivePlatform, airflow: Platform) -> None:
    with silent_scheduler(airflow), runs(airflow, "live_manual", "doctor_zombie"):
        airflow.postgres.query("UPDATE dag_run SET state = 'running' WHERE run_id = 'doctor_zombie'")
        airflow.postgres.query(
            f"UPDATE task_instance SET state = 'running', start_date = {LONG_AGO}, last_heartbeat_at = {LONG_AGO} "
            "WHERE run_id = 'doctor_zombie'"
        )
        (before,) = findings_of("live_manual", "zombies", platform.home)
        assert before.verdict == "error" and before.message.startswith("task work of live_manual ")
        aged = "last_heartbeat_at = last_heartbeat_at - interval '1 min'"
        airflow.postgres.query(f"UPDATE task_instance SET {aged} WHERE run_id = 'doctor_zombie'")
        (after,) = findings_of("live_manual", "zombies", platform.home)
        assert after.message != before.message and after.key == before.key
        assert fix_first("zombies", platform.home) == ["set task work of doctor_zombie to failed"]
        assert findings_of("live_manual", "zombies", platform.home) == []
        state = "SELECT state FROM task_instance WHERE run_id = 'doctor_zombie'"
        assert airflow.postgres.query(state).strip() == "failed"
