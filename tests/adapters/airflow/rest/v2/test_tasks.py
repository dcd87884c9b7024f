"""Task instances through the API. tests/live shows that Airflow behaves like this."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlopsctl.core.model import ActiveTask
from mlopsctl.core.states import TaskOrder, TaskState
from tests.fake_api import FakeServer, api_v2

AT = datetime(2024, 1, 1, tzinfo=UTC)
TASK: dict[str, Any] = {
    "dag_id": "d", "task_id": "t", "dag_run_id": "r", "state": "success", "try_number": 1, "map_index": -1,
    "logical_date": None, "run_after": "2024-01-03T00:00:00Z", "start_date": "2024-02-01T00:00:00Z", "end_date": None,
    "duration": 9.5,
}  # fmt: skip


def test_active_tasks_of_all_dags_with_their_number(tmp_path: Path) -> None:
    path = "/api/v2/dags/~/dagRuns/~/taskInstances"
    server = FakeServer({f"GET {path}": (200, {"task_instances": [TASK], "total_entries": 7})})
    found, number = api_v2(tmp_path, server).active_tasks((TaskState.RUNNING,), 5, TaskOrder.LONGEST_RUNNING)
    assert found == [ActiveTask("d", "t", "2024-01-03", datetime(2024, 2, 1, tzinfo=UTC))]
    assert number == 7
    assert dict(server.params) == {"state": "running", "limit": "5", "order_by": "start_date"}


def test_slowest_task_is_one_row(tmp_path: Path) -> None:
    path = "/api/v2/dags/d/dagRuns/~/taskInstances"
    server = FakeServer({f"GET {path}": (200, {"task_instances": [TASK]})})
    found = api_v2(tmp_path, server).slowest_task("d", AT, AT, (TaskState.SUCCESS,), ended_since=AT)
    assert found and (found.task_id, found.seconds) == ("t", 9.5)
    assert (server.params["order_by"], server.params["limit"]) == ("-duration", "1")
    assert server.params["end_date_gte"] == AT.isoformat()


def test_mark_a_mapped_task_failed(tmp_path: Path) -> None:
    server = FakeServer({"PATCH /api/v2/dags/d/dagRuns/r/taskInstances/t/3": (200, {})})
    api_v2(tmp_path, server).mark_task_failed("d", "r", "t/3")
    assert server.body == {"new_state": "failed"}
