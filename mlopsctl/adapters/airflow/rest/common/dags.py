"""DAGs and their files: what both versions of the API have."""

import difflib
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from mlopsctl.adapters.airflow.capabilities import Capabilities
from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.adapters.airflow.rest.common.records import import_error, task_dates
from mlopsctl.adapters.airflow.rest.common.routes import Routes
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails, ImportErrorReport, TaskDates
from mlopsctl.core.text import plural

TRIGGER = "TriggerDagRunOperator"


class CommonDagCalls(ABC):
    http: AirflowHttp
    routes: Routes
    timezone_of: Callable[[DagDetails], str | None]

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities: ...

    @abstractmethod
    def read_dag(self, raw: dict[str, Any]) -> DagDetails: ...

    def dags(self) -> list[DagDetails]:
        return [self.read_dag(raw) for raw in self.http.pages(self.routes.dags, "dags", {"order_by": "dag_id"})]

    def count_dags(self) -> int:
        return self.http.count(self.routes.dags)

    def dag(self, dag_id: str) -> DagDetails:
        try:
            found = self.read_dag(self.details(dag_id))
        except RequestRejected as e:
            if e.status != 404:
                raise
        else:
            return replace(found, timezone=self.timezone_of(found) or found.timezone)
        raise _unknown(dag_id, [dag.dag_id for dag in self.dags()], self.count_import_errors())

    def details(self, dag_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"{self.routes.dag(dag_id)}/details")
        return found

    def dag_summary(self, dag_id: str) -> DagDetails:
        return self.read_dag(self.http.get(self.routes.dag(dag_id)))

    def set_paused(self, dag_id: str, paused: bool) -> None:
        self.http.send("PATCH", self.routes.dag(dag_id), {"is_paused": paused})

    def tasks_with_depends_on_past(self, dag_id: str) -> frozenset[str]:
        return frozenset(task["task_id"] for task in self._tasks(dag_id) if task["depends_on_past"])

    def past_dependencies(self, dag_id: str) -> dict[str, tuple[str, ...]]:
        return {
            task["task_id"]: (task["task_id"], *(task["downstream_task_ids"] if task["wait_for_downstream"] else ()))
            for task in self._tasks(dag_id)
            if task["depends_on_past"]
        }

    def retry_delays(self, dag_id: str) -> dict[str, timedelta]:
        tasks = [task for task in self._tasks(dag_id) if not task["retry_exponential_backoff"]]
        return {task["task_id"]: _timedelta(task["retry_delay"]) for task in tasks if task["retry_delay"]}

    def task_dates(self, dag_id: str) -> list[TaskDates]:
        return [task_dates(raw) for raw in self._tasks(dag_id)]

    def count_dag_tasks(self, dag_id: str) -> tuple[int, bool]:
        tasks = self._tasks(dag_id)
        return len(tasks), any(task["is_mapped"] for task in tasks)

    def trigger_tasks(self, dag_id: str) -> list[str]:
        return [task["task_id"] for task in self._tasks(dag_id) if task["class_ref"]["class_name"] == TRIGGER]

    def _tasks(self, dag_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get(f"{self.routes.dag(dag_id)}/tasks")["tasks"]
        return found

    def import_errors(self) -> list[ImportErrorReport]:
        listed = self.http.pages(self.routes.import_errors, "import_errors", {"order_by": "filename"})
        return [import_error(raw) for raw in listed]

    def count_import_errors(self) -> int:
        return self.http.count(self.routes.import_errors)

    def reparse_file(self, token: str) -> None:
        if not self.capabilities.parse_file:
            return  # Airflow reads every file again now and then ([scheduler] min_file_process_interval)
        try:
            self.http.send("PUT", self.routes.dag_file(token))
        except RequestRejected as e:
            if e.status not in (404, 409):  # the file is gone, or it has been requested already
                raise


def _timedelta(raw: dict[str, Any]) -> timedelta:
    return timedelta(raw["days"], raw["seconds"], raw["microseconds"])


def _unknown(dag_id: str, known: list[str], import_errors: int) -> MlopsctlError:
    message = f"there is no DAG {dag_id!r}."
    near = difflib.get_close_matches(dag_id, known, 3)
    if near:
        message += f" Did you mean {' or '.join(near)}?"
    if import_errors:
        message += f" {plural(import_errors, 'DAG file')} could not be imported."
    hint = Hint.of("dags", "list")
    if not near and import_errors:
        hint = Hint.of("dags", "errors")
    elif not near:  # Airflow may not have parsed a newly linked folder yet
        hint = Hint.of("dags", "list", note="linked just now? parse it with:", other=("dags", "clean"))
    return MlopsctlError(message, hint=hint, code="unknown-dag")
