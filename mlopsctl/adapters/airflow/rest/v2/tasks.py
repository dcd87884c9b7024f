"""Task instances and their logs."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from mlopsctl.adapters.airflow.rest.common.records import active_task, task_instance
from mlopsctl.adapters.airflow.rest.common.tasks import CommonTaskCalls
from mlopsctl.adapters.airflow.rest.v2 import records
from mlopsctl.core.model import ActiveTask, TaskInstance, TaskLog
from mlopsctl.core.states import TaskOrder

ORDER_BY = {TaskOrder.LONGEST_RUNNING: "start_date", TaskOrder.LAST_ENDED: "-end_date", TaskOrder.ID: "id"}


class TaskCalls(CommonTaskCalls):
    def slowest_task(
        self, dag_id: str, start: datetime, end: datetime, states: Sequence[str], *, ended_since: datetime
    ) -> TaskInstance | None:
        params = self.routes.between(start, end, states) | {"end_date_gte": ended_since.isoformat()}
        params |= {"order_by": "-duration", "limit": 1}
        found = self.http.get(self.routes.tasks(dag_id), params)["task_instances"]
        return task_instance(found[0]) if found else None

    def active_tasks(self, states: Sequence[str], limit: int, order: TaskOrder) -> tuple[list[ActiveTask], int]:
        params = {"state": list(states), "limit": limit, "order_by": ORDER_BY[order]}
        page = self.http.get(self.routes.tasks(), params)
        return [active_task(raw) for raw in page["task_instances"]], int(page["total_entries"])

    def mark_task_failed(self, dag_id: str, run_id: str, task: str) -> None:
        self.http.send("PATCH", f"{self.routes.tasks(dag_id, run_id)}/{quote(task)}", {"new_state": "failed"})

    def task_log(self, dag_id: str, run_id: str, task_id: str, try_number: int, map_index: int = -1) -> TaskLog:
        path = self.routes.log(dag_id, run_id, task_id, try_number)
        return records.task_log(self.http.get(path, {"full_content": True, "map_index": map_index})["content"])
