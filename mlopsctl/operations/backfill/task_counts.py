"""What the tasks of a backfill do: how many are waiting for a retry, and which takes longest."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Every
from mlopsctl.core.states import TaskState
from mlopsctl.operations.backfill.plan import BackfillPlan

EVERY = 10.0  # seconds between two looks


@dataclass(frozen=True)
class TaskCounts:
    """`retrying`: tasks that are up for retry. `slowest`: the task that has taken longest so far, `seconds` of it."""

    retrying: int = 0
    slowest: str = ""
    seconds: float = 0.0


class TaskCounter:
    """Over all chunks of a backfill."""

    def __init__(self, api: AirflowApi, clock: Clock = SYSTEM_CLOCK) -> None:
        self.counts = TaskCounts()
        self._api = api
        self._due = Every(EVERY, clock)
        self._since = datetime.now(UTC)

    def look(self, plan: BackfillPlan) -> None:
        """Seldom, two requests: of the tasks that have ended since the last look, the API sends one row."""
        if not self._due.due():
            return
        dag_id, since = plan.dag.dag_id, self._since
        self._since = datetime.now(UTC)
        ended = (TaskState.SUCCESS, TaskState.FAILED)
        slowest = self._api.slowest_task(dag_id, *plan.bounds, ended, ended_since=since)
        retrying = self._api.count_tasks(dag_id, *plan.bounds, [TaskState.UP_FOR_RETRY])
        self.counts = replace(self.counts, retrying=retrying)
        if slowest and (slowest.seconds or 0.0) > self.counts.seconds:
            self.counts = TaskCounts(retrying, slowest.task_id, slowest.seconds or 0.0)
