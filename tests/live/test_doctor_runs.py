"""Runs and tasks that wait: each cause is made in the real Airflow, found, and, where it is safe, mended."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlopsctl.adapters.airflow.release import MAX_RUNS_PER_LOOP
from mlopsctl.operations.platform import Platform
from tests.live.conftest import LivePlatform
from tests.live.test_dags import until
from tests.operations.doctor.contexts import findings, mend, place

pytestmark = pytest.mark.live

LONG_AGO = "now() - interval '10 min'"
DAY = datetime(2024, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def airflow(platform: LivePlatform) -> Platform:
    return place(platform.home).platform


def age(airflow: Platform, run_id: str, column: str, table: str = "dag_run") -> None:
    """As if it had begun to wait ten minutes ago."""
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
    """One that runs, and does nothing."""
    pid = airflow.supervisor.states()["scheduler"].pid
    assert pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def ours(name: str, home: Path, dag_id: str) -> list[tuple[str, str]]:
    """What a check finds of a DAG. Raises what keeps it from looking."""
    return [(finding.verdict, finding.message) for finding in findings(name, home) if dag_id in finding.message]


def test_runs_of_a_paused_dag(platform: LivePlatform, airflow: Platform) -> None:
    airflow.api.set_paused("live_west", True)
    try:
        with runs(airflow, "live_west", "doctor_1", "doctor_2"):
            assert ours("queued-runs", platform.home, "live_west") == [], "they have just come"
            for name in ("doctor_1", "doctor_2"):
                age(airflow, name, "queued_at")
            assert ours("queued-runs", platform.home, "live_west") == [
                ("warning", "2 runs of live_west have been queued for 10 min: their DAG is paused.")
            ]
            (hint,) = [f.hint for f in findings("queued-runs", platform.home) if "live_west" in f.message]
            assert hint == "mlopsctl airflow -- dags unpause live_west"
    finally:
        airflow.api.set_paused("live_west", False)
    assert ours("queued-runs", platform.home, "live_west") == []


def test_runs_that_a_cancelled_backfill_left(platform: LivePlatform, airflow: Platform) -> None:
    """Its queued runs fail; one that is cleared afterwards is queued for ever."""
    day = datetime(2024, 6, 1, tzinfo=UTC)
    until(lambda: airflow.api.active_backfill("live_spare"), lambda other: other is None)  # of another test
    airflow.api.set_paused("live_spare", True)
    backfill = airflow.api.create_backfill("live_spare", day, day)
    airflow.api.cancel_backfill(backfill.id)
    (run,) = airflow.api.runs("live_spare", day, day)
    assert run.state == "failed"
    airflow.api.clear_runs("live_spare", [run.run_id])
    age(airflow, run.run_id, "queued_at")
    message = "1 run of live_spare has been left queued for ever by a cancelled backfill."
    assert ours("stranded-runs", platform.home, "live_spare") == [("error", message)]
    assert ours("queued-runs", platform.home, "live_spare") == [], "one finding is enough"
    assert mend("stranded-runs", platform.home) == ["1 runs of live_spare ended as failed"]
    assert ours("stranded-runs", platform.home, "live_spare") == []
    assert airflow.api.run("live_spare", run.run_id).state == "failed"


def test_tasks_that_wait_for_a_pool(platform: LivePlatform, airflow: Platform) -> None:
    slots = airflow.postgres.query("SELECT slots FROM slot_pool WHERE pool = 'default_pool'").strip()
    airflow.postgres.query("UPDATE slot_pool SET slots = 0 WHERE pool = 'default_pool'")
    try:
        with runs(airflow, "live_manual", "doctor_pool"):
            state = "SELECT state FROM task_instance WHERE run_id = 'doctor_pool'"
            until(lambda: airflow.postgres.query(state).strip(), lambda found: found == "scheduled")
            age(airflow, "doctor_pool", "scheduled_dttm", "task_instance")
            ((verdict, message),) = ours("waiting-tasks", platform.home, "live_manual")
            assert verdict == "error" and "they want more slots than the pool default_pool has" in message
            airflow.postgres.query("UPDATE task_instance SET pool = 'gone' WHERE run_id = 'doctor_pool'")
            ((_, message),) = ours("waiting-tasks", platform.home, "live_manual")
            assert message == "1 task of live_manual has been waiting for 10 min: there is no pool gone."
    finally:
        airflow.postgres.query(f"UPDATE slot_pool SET slots = {slots} WHERE pool = 'default_pool'")
    assert ours("waiting-tasks", platform.home, "live_manual") == []


def test_tasks_of_a_full_pool_and_of_too_few_workers(platform: LivePlatform, airflow: Platform) -> None:
    with silent_scheduler(airflow), runs(airflow, "live_manual", "doctor_works", "doctor_waits"):
        for name, state in (("doctor_works", "running"), ("doctor_waits", "scheduled")):
            words = f"state = '{state}', start_date = now(), last_heartbeat_at = now(), pool = 'doctor'"
            airflow.postgres.query(f"UPDATE task_instance SET {words} WHERE run_id = '{name}'")
        age(airflow, "doctor_waits", "scheduled_dttm", "task_instance")
        table = "slot_pool (pool, slots, include_deferred)"
        airflow.postgres.query(f"INSERT INTO {table} VALUES ('doctor', 1, false)")
        try:
            said = "1 task of live_manual has been waiting for 10 min: "
            assert ours("waiting-tasks", platform.home, "live_manual") == [
                ("warning", f"{said}the pool doctor is full.")
            ]
            airflow.postgres.query("UPDATE slot_pool SET slots = 2 WHERE pool = 'doctor'")
            assert ours("waiting-tasks", platform.home, "live_manual") == [
                ("error", f"{said}nothing stands in their way.")
            ]
            (group,) = airflow.metadata.scheduled_tasks(60, parallelism=1)
            assert (group.reason, group.what, group.run_ids) == ("slots", "doctor", ("doctor_waits",))
        finally:
            airflow.postgres.query("DELETE FROM slot_pool WHERE pool = 'doctor'")


def test_runs_without_a_task_alone_and_in_a_crowd(platform: LivePlatform, airflow: Platform) -> None:
    with silent_scheduler(airflow), runs(airflow, "live_manual", "doctor_0"):
        started = f"UPDATE dag_run SET state = 'running', start_date = {LONG_AGO} WHERE run_id"
        airflow.postgres.query(f"{started} = 'doctor_0'")
        assert ours("starved-runs", platform.home, "live_manual") == [
            ("error", "1 run of live_manual has been without a task for 10 min: nothing stands in their way.")
        ]
        airflow.postgres.query(
            "INSERT INTO dag_run (dag_id, run_id, run_type, run_after, state) "
            "SELECT dag_id, 'doctor_crowd_' || n, run_type, run_after, state "
            f"FROM dag_run, generate_series(1, {MAX_RUNS_PER_LOOP}) n WHERE run_id = 'doctor_0'"
        )
        ((verdict, message),) = ours("starved-runs", platform.home, "live_manual")
        assert verdict == "warning" and message.endswith(
            "more runs are running than the scheduler looks at in a round."
        )


def test_a_task_that_shows_no_life(platform: LivePlatform, airflow: Platform) -> None:
    with silent_scheduler(airflow), runs(airflow, "live_manual", "doctor_zombie"):
        airflow.postgres.query("UPDATE dag_run SET state = 'running' WHERE run_id = 'doctor_zombie'")
        airflow.postgres.query(
            f"UPDATE task_instance SET state = 'running', start_date = {LONG_AGO}, last_heartbeat_at = {LONG_AGO} "
            "WHERE run_id = 'doctor_zombie'"
        )
        said = "task work of live_manual runs by its state, and has shown no life for 10 min."
        assert ours("zombies", platform.home, "live_manual") == [("error", said)]
        (before,) = findings("zombies", platform.home)
        aged = "last_heartbeat_at = last_heartbeat_at - interval '1 min'"
        airflow.postgres.query(f"UPDATE task_instance SET {aged} WHERE run_id = 'doctor_zombie'")
        (after,) = findings("zombies", platform.home)
        assert after.message != before.message and after.key == before.key
        assert mend("zombies", platform.home) == ["task work of doctor_zombie ended as failed"]
        assert ours("zombies", platform.home, "live_manual") == []
        state = "SELECT state FROM task_instance WHERE run_id = 'doctor_zombie'"
        assert airflow.postgres.query(state).strip() == "failed"
