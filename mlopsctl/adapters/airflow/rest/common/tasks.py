"""Task instances: what both versions of the API have."""

from collections.abc import Sequence
from datetime import datetime

from mlopsctl.adapters.airflow.rest.common import records
from mlopsctl.adapters.airflow.rest.common.routes import Routes
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.model import TaskInstance


class CommonTaskCalls:
    http: AirflowHttp
    routes: Routes

    def task_instances(self, dag_id: str, run_id: str) -> list[TaskInstance]:
        listed = self.http.pages(self.routes.tasks(dag_id, run_id), "task_instances")
        return [records.task_instance(raw) for raw in listed]

    def tasks_page(
        self, dag_id: str, start: datetime, end: datetime, states: Sequence[str], limit: int
    ) -> tuple[list[TaskInstance], int]:
        page = self.http.get(self.routes.tasks(dag_id), self.routes.between(start, end, states) | {"limit": limit})
        return [records.task_instance(raw) for raw in page["task_instances"]], int(page["total_entries"])

    def tasks_between(self, dag_id: str, start: datetime, end: datetime, states: Sequence[str]) -> list[TaskInstance]:
        params = self.routes.between(start, end, states)
        return [
            records.task_instance(raw) for raw in self.http.pages(self.routes.tasks(dag_id), "task_instances", params)
        ]

    def pools(self) -> dict[str, int]:
        return {raw["name"]: raw["slots"] for raw in self.http.pages(self.routes.pools, "pools")}

    def count_tasks(self, dag_id: str, start: datetime, end: datetime, states: Sequence[str]) -> int:
        return self.http.count(self.routes.tasks(dag_id), self.routes.between(start, end, states))
