from pathlib import Path
from typing import Any

from mlopsctl.operations.backfill.execution import skipped_tasks
from tests.operations.fake_airflow import FakeAirflow

DAYS = ["2024-01-01", "2024-01-02"]


def task(name: str, day: str, tries: int) -> dict[str, Any]:
    run_id = f"manual__d{day.replace('-', '_')}"
    return {"task_id": name, "state": "skipped", "try_number": tries, "map_index": -1, "duration": None,
            "end_date": None, "dag_run_id": run_id}  # fmt: skip


def test_tasks_that_gave_a_reason_come_first(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success", d2024_01_02="success", d2024_01_03="failed")
    airflow.tasks["skipped"] = [task("load", day, 0) for day in (*DAYS, "2024-01-03")] + [task("check", DAYS[1], 1)]
    plan = airflow.plan(DAYS[0], "2024-01-03")
    found = skipped_tasks.read(airflow.api, plan, plan.runs)
    assert [(t.task_id, len(t.runs), str(t.day), t.has_log) for t in found] == [
        ("check", 1, DAYS[1], True), ("load", 2, DAYS[0], False),
    ]  # fmt: skip


def test_nothing_is_asked_without_a_success(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="failed")
    plan = airflow.plan(DAYS[0], DAYS[0])
    airflow.requests.clear()
    assert skipped_tasks.read(airflow.api, plan, plan.runs) == []
    assert not airflow.requests
