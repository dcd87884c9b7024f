"""Runs that can never go on: their tasks have depends_on_past, and the same task has failed in the run before.

Airflow keeps such a run `running` without a task; it is no deadlock for Airflow (airflow/models/dagrun.py).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core import dates
from mlopsctl.core.model import DagRun
from mlopsctl.core.states import ACTIVE_RUN_STATES, TaskState
from mlopsctl.core.text import plural
from mlopsctl.operations.backfill.plan import BackfillPlan

NEAR = timedelta(days=40)  # before a run, where its predecessor is looked for first
# A task in one of them goes on by itself, and others after it.
MOVING = (
    TaskState.SCHEDULED, TaskState.QUEUED, TaskState.RUNNING, TaskState.RESTARTING, TaskState.UP_FOR_RETRY,
    TaskState.UP_FOR_RESCHEDULE, TaskState.DEFERRED,
)  # fmt: skip
UNSATISFIED = (TaskState.FAILED, TaskState.UPSTREAM_FAILED)


@dataclass(frozen=True)
class BlockedRuns:
    """`days`: those that wait. `cause`: the day of the run whose task `task_id` failed."""

    days: tuple[date, ...]
    cause: date
    task_id: str

    @property
    def text(self) -> str:
        runs = f"{plural(len(self.days), 'run')} ({dates.format_days(self.days)})"
        return f"{runs} cannot go on: task {self.task_id} has depends_on_past, and failed on {self.cause}"


def find(api: AirflowApi, plan: BackfillPlan) -> BlockedRuns | None:
    """Whether no run of the plan can go on; asked when nothing has changed for a while. Raises Unavailable."""
    dag_id = plan.dag.dag_id
    active = api.runs(dag_id, *plan.bounds, ACTIVE_RUN_STATES)
    waiting = [run.logical_date for run in active if run.logical_date in plan.logical_dates and run.logical_date]
    dependent = api.tasks_with_depends_on_past(dag_id)
    if not waiting or not dependent or api.count_tasks(dag_id, waiting[0], waiting[-1], MOVING):
        return None
    previous = _previous(api, dag_id, waiting[0])
    if not previous or not previous.logical_date:
        return None
    failed = [t.task_id for t in api.task_instances(dag_id, previous.run_id) if t.state in UNSATISFIED]
    task_id = next((task_id for task_id in failed if task_id in dependent), "")
    if not task_id:
        return None
    cause, *days = (
        at.astimezone(dates.load_timezone(plan.dag.timezone)).date() for at in (previous.logical_date, *waiting)
    )
    return BlockedRuns(tuple(days), cause, task_id)


def _previous(api: AirflowApi, dag_id: str, at: datetime) -> DagRun | None:
    """The run with the latest logical date before `at`."""
    end = at - timedelta(microseconds=1)
    found = api.runs(dag_id, at - NEAR, end) or api.runs(dag_id, None, end)
    return found[-1] if found else None
