"""Task instances and their logs. API v1 does not sort lists of tasks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from mlopsctl.adapters.airflow.rest.common.records import instant, task_instance
from mlopsctl.adapters.airflow.rest.common.tasks import CommonTaskCalls
from mlopsctl.adapters.airflow.rest.v1 import records
from mlopsctl.core.model import ActiveTask, TaskInstance, TaskLog
from mlopsctl.core.states import TaskOrder, TaskState

# Tasks that are read to sort them: one page.
PAGE = 100


class TaskCalls(CommonTaskCalls):
    def slowest_task(
        self, dag_id: str, start: datetime, end: datetime, states: Sequence[str], *, ended_since: datetime
    ) -> TaskInstance | None:
        """Of at most PAGE tasks."""
        params = self.routes.between(start, end, states) | {"end_date_gte": ended_since.isoformat(), "limit": PAGE}
        found = [task_instance(raw) for raw in self.http.get(self.routes.tasks(dag_id), params)["task_instances"]]
        return max(found, key=lambda task: task.seconds or 0.0, default=None)

    def active_tasks(self, states: Sequence[str], limit: int, order: TaskOrder) -> tuple[list[ActiveTask], int]:
        """Of at most PAGE tasks if there are more."""
        page = self.http.get(self.routes.tasks(), {"state": list(states), "limit": max(limit, PAGE)})
        listed = _sorted(page["task_instances"], order)
        return [records.active_task(raw) for raw in listed[:limit]], int(page["total_entries"])

    def mark_task_failed(self, dag_id: str, run_id: str, task: str) -> None:
        body = {"dry_run": False, "new_state": TaskState.FAILED}
        self.http.send("PATCH", f"{self.routes.tasks(dag_id, run_id)}/{quote(task)}", body)

    def task_log(self, dag_id: str, run_id: str, task_id: str, try_number: int, map_index: int = -1) -> TaskLog:
        path = self.routes.log(dag_id, run_id, task_id, try_number)
        # As JSON, the text would be the repr of a Python list.
        return records.task_log(self.http.get_text(path, {"full_content": True, "map_index": map_index}))


def _sorted(tasks: list[dict[str, Any]], order: TaskOrder) -> list[dict[str, Any]]:
    if order == TaskOrder.ID:
        return tasks
    field, last_first = ("end_date", True) if order == TaskOrder.LAST_ENDED else ("start_date", False)

    def key(raw: dict[str, Any]) -> tuple[bool, float]:
        at = instant(raw[field])
        return at is None, (-at.timestamp() if last_first else at.timestamp()) if at else 0.0

    return sorted(tasks, key=key)
