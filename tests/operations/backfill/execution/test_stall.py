from pathlib import Path

from mlopsctl.core.result import Message
from mlopsctl.operations.backfill.execution.run_counts import RunCounts
from mlopsctl.operations.backfill.execution.stall import QUIET, QUIET_QUEUED, StallDetector
from tests.operations.fake_airflow import FakeAirflow


def explain_later(airflow: FakeAirflow, stall: StallDetector, counts: RunCounts, seconds: float = QUIET) -> str:
    """The reason, if nothing changes for so many seconds."""
    airflow.clock.now += seconds + 0.1
    found: Message | None = stall.explain(counts)
    return "" if not found else found.text + (f"; {found.hint.text()}" if found.hint else "")


def test_reason_is_given_once_nothing_has_changed_for_a_while(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="queued")
    plan = airflow.native_plan("2024-01-01", "2024-01-01")
    record = airflow.open_backfill(*plan.day_bounds)
    stall, running = StallDetector(plan, airflow.api, airflow.clock), RunCounts(running=1)
    assert stall.explain(running) is None
    assert explain_later(airflow, stall, running) == ""
    record["is_paused"] = True
    assert explain_later(airflow, stall, running) == "backfill 1 is paused; mlopsctl backfills resume 1"
    airflow.dag_paused = True
    assert explain_later(airflow, stall, running) == "d is paused; mlopsctl backfills resume d --unpause"
    airflow.dag_stale = True
    assert explain_later(airflow, stall, running).endswith("starts none of its tasks; mlopsctl dags errors")
    airflow.heartbeat = "2024-01-01T00:00:00+00:00"
    assert explain_later(airflow, stall, running).startswith("no heartbeat from the scheduler for ")
    assert stall.explain(RunCounts(success=1)) is None


def test_queued_runs_are_explained_sooner(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="queued")
    stall = StallDetector(airflow.plan("2024-01-01", "2024-01-01"), airflow.api, airflow.clock)
    airflow.dag_paused = True
    assert stall.explain(RunCounts(queued=1)) is None
    assert explain_later(airflow, stall, RunCounts(queued=1), QUIET_QUEUED).startswith("d is paused")
    assert explain_later(airflow, stall, RunCounts(running=1), QUIET_QUEUED) == ""


def test_tasks_that_wait_for_their_next_try(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="running", d2024_01_02="running")
    airflow.dag_tasks[0] |= {
        "retry_exponential_backoff": 0,
        "retry_delay": {"days": 0, "seconds": 600, "microseconds": 0},
    }
    stall = StallDetector(airflow.plan("2024-01-01", "2024-01-02"), airflow.api, airflow.clock)
    waiting = {"task_id": "work", "state": "up_for_retry", "try_number": 1, "map_index": -1, "duration": 1.0}
    airflow.tasks["up_for_retry"] = [
        waiting | {"dag_run_id": f"manual__d2024_01_0{day}", "end_date": f"2024-06-01T00:0{day}:00Z"} for day in (1, 2)
    ]
    stall.explain(RunCounts(running=2))
    assert explain_later(airflow, stall, RunCounts(running=2)) == (
        "2 tasks failed and wait for their next try, the first until 09:11:00"
    )


def test_sensors_are_named_and_end_nothing(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="running", d2024_01_02="running")
    stall = StallDetector(airflow.plan("2024-01-01", "2024-01-02"), airflow.api, airflow.clock)
    waiting = {"state": "deferred", "try_number": 1, "map_index": -1, "duration": None, "end_date": None}
    airflow.tasks["deferred"] = [
        waiting | {"task_id": "wait_for_file", "dag_run_id": f"manual__d2024_01_0{day}"} for day in (1, 2)
    ]
    stall.explain(RunCounts(running=2))
    text = explain_later(airflow, stall, RunCounts(running=2))
    assert text == "2 tasks wait for something outside of the run: wait_for_file"
    assert stall.blocked is None
