"""Task instances and their logs."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.adapters.airflow.rest.v2 import records, routes
from mlopsctl.core.model import ActiveTask, TaskInstance, TaskLog
from mlopsctl.core.states import TaskOrder, TaskState

ORDER_BY = {TaskOrder.LONGEST_RUNNING: "start_date", TaskOrder.LAST_ENDED: "-end_date", TaskOrder.ID: "id"}


class TaskCalls:
    http: AirflowHttp

    def task_instances(self, dag_id: str, run_id: str) -> list[TaskInstance]:
        listed = self.http.pages(routes.tasks(dag_id, run_id), "task_instances")
        return [records.task_instance(raw) for raw in listed]

    def tasks_page(
        self, dag_id: str, start: datetime, end: datetime, states: Sequence[str], limit: int
    ) -> tuple[list[TaskInstance], int]:
        page = self.http.get(routes.tasks(dag_id), routes.between(start, end, states) | {"limit": limit})
        return [records.task_instance(raw) for raw in page["task_instances"]], int(page["total_entries"])

    def slowest_task(
        self, dag_id: str, start: datetime, end: datetime, states: Sequence[str], *, ended_since: datetime
    ) -> TaskInstance | None:
        params = routes.between(start, end, states) | {"end_date_gte": ended_since.isoformat()}
        params |= {"order_by": "-duration", "limit": 1}
        found = self.http.get(routes.tasks(dag_id), params)["task_instances"]
        return records.task_instance(found[0]) if found else None

    def failed_tasks(self, dag_id: str, start: datetime, end: datetime) -> list[TaskInstance]:
        params = routes.between(start, end, [TaskState.FAILED])
        return [records.task_instance(raw) for raw in self.http.pages(routes.tasks(dag_id), "task_instances", params)]

    def count_tasks(self, dag_id: str, start: datetime, end: datetime, states: Sequence[str]) -> int:
        return self.http.count(routes.tasks(dag_id), routes.between(start, end, states))

    def active_tasks(self, states: Sequence[str], limit: int, order: TaskOrder) -> tuple[list[ActiveTask], int]:
        params = {"state": list(states), "limit": limit, "order_by": ORDER_BY[order]}
        page = self.http.get(routes.tasks(routes.ALL), params)
        return [records.active_task(raw) for raw in page["task_instances"]], int(page["total_entries"])

    def mark_task_failed(self, dag_id: str, run_id: str, task: str) -> None:
        self.http.send("PATCH", f"{routes.tasks(dag_id, run_id)}/{quote(task)}", {"new_state": "failed"})

    def task_log(self, dag_id: str, run_id: str, task_id: str, try_number: int, map_index: int = -1) -> TaskLog:
        path = f"{routes.tasks(dag_id, run_id)}/{quote(task_id, safe='')}/logs/{try_number}"
        return records.task_log(self.http.get(path, {"full_content": True, "map_index": map_index})["content"])
