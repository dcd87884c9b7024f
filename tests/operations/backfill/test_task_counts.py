from pathlib import Path

from mlopsctl.operations.backfill.task_counts import EVERY, TaskCounter, TaskCounts
from tests.operations.fake_airflow import FakeAirflow

SLOW = {"task_id": "train", "state": "success", "try_number": 1, "map_index": -1, "end_date": None, "duration": 9.5}


def test_tasks_are_looked_at_seldom_and_the_slowest_is_remembered(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="running")
    plan, tasks = airflow.plan("2024-01-01", "2024-01-01"), TaskCounter(airflow.api, airflow.clock)
    airflow.tasks = {"success": [SLOW], "up_for_retry": [SLOW, SLOW]}
    tasks.look(plan)
    assert tasks.counts == TaskCounts(2, "train", 9.5)
    airflow.requests.clear()
    tasks.look(plan)
    assert not airflow.requests
    airflow.clock.now += EVERY
    airflow.tasks = {"success": [SLOW | {"task_id": "load", "duration": 1.5}]}
    tasks.look(plan)
    assert tasks.counts == TaskCounts(0, "train", 9.5)
    assert airflow.requests == {"GET taskInstances": 2}
