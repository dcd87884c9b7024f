from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx

from mlopsctl.adapters.airflow_api import AirflowApi
from mlopsctl.model import DagRun
from mlopsctl.operations import runs
from tests.operations.scripted import UNSCHEDULED


def test_a_run_belongs_to_its_day_in_the_dags_time_zone() -> None:
    calendar = runs.Calendar(UNSCHEDULED, ())
    assert calendar.day(DagRun("r", datetime(2023, 12, 31, 19, tzinfo=UTC), "success")) == date(2024, 1, 1)
    assert calendar.day(DagRun("r", None, "success")) is None


def failing(folder: Path, tasks: list[tuple[str, str, int]], log: list[str]) -> AirflowApi:
    """Tasks by name, state and the second in which they ended."""
    ended = datetime(2024, 1, 1, tzinfo=UTC)
    listed = [
        {"task_id": name, "state": state, "try_number": 2, "map_index": -1,
         "end_date": (ended + timedelta(seconds=second)).isoformat()}
        for name, state, second in tasks
    ]  # fmt: skip

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/taskInstances"):
            return httpx.Response(200, json={"task_instances": listed, "total_entries": len(listed)})
        assert request.url.path.endswith("/early/logs/2")
        return httpx.Response(200, json={"content": log})

    (folder / "token").write_text("t")
    return AirflowApi("http://x", folder / "p", folder / "token", transport=httpx.MockTransport(answer))


def test_a_failure_is_the_task_that_failed_first_with_the_end_of_its_log(tmp_path: Path) -> None:
    tasks = [("late", "failed", 9), ("early", "failed", 5), ("next", "upstream_failed", 1), ("ok", "success", 2)]
    why = runs.failure(failing(tmp_path, tasks, [f"line {n}" for n in range(100)]), "d", "r")
    assert (why.run_id, why.task_id) == ("r", "early")
    assert why.log.splitlines() == [f"line {n}" for n in range(85, 100)]


def test_a_run_may_fail_without_a_failed_task(tmp_path: Path) -> None:
    assert runs.failure(failing(tmp_path, [("a", "skipped", 1)], []), "d", "r") == runs.Failure("r", "", "")
