"""The runs of a DAG by date, and why one of them failed."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core import dates
from mlopsctl.core.model import DagDetails, DagRun, TaskInstance, TaskLog
from mlopsctl.core.states import TaskState
from mlopsctl.operations.task_dates import deadlock
from mlopsctl.operations.task_errors import Explanation, explain

DEFAULT_RUNS = 30  # the newest runs, shown without a range
MAX_SKIPPED = 100  # skipped tasks that are read
LOG_TAIL = 15  # lines of a failed task's log
AIRFLOW_FRAME = re.compile(r"  \S*/site-packages/airflow/(?!providers/(?!standard/))\S+ in ")


@dataclass(frozen=True)
class RunCalendar:
    """Runs in the order of their logical dates; manual runs without one are last."""

    dag: DagDetails
    runs: tuple[DagRun, ...]

    def day(self, run: DagRun) -> date | None:
        """The date of a run in the DAG's time zone."""
        return run.logical_date.astimezone(dates.load_timezone(self.dag.timezone)).date() if run.logical_date else None


@dataclass(frozen=True)
class RunFailure:
    """The task that failed first in a run (empty if none did), and its log, of whose text only the end. `explanation`:
    None if nothing is known about its error."""

    run_id: str
    task_id: str
    log: TaskLog
    explanation: Explanation | None = None


@dataclass(frozen=True)
class SkippedTasks:
    """`number`: of skipped tasks in a run. `task_id`: one of them. `has_log`: whether it ran, and logged its reason."""

    number: int
    task_id: str = ""
    has_log: bool = False


def read(api: AirflowApi, dag_id: str, start: str | None, end: str | None) -> RunCalendar:
    """The runs from `start` to `end`; without either, the newest. Raises UsageError, MlopsctlError.

    An open end includes all runs: a manual run may have a logical date in the future.
    """
    dag = api.dag(dag_id)
    if start is None and end is None:
        return RunCalendar(dag, tuple(api.latest_runs(dag_id, DEFAULT_RUNS)))
    first, last = dates.parse_open_range(start, end, today=dates.today_in(dag.timezone), future=False)
    lower = dates.day_bounds(first, first, dag.timezone)[0] if first else None
    upper = dates.day_bounds(last, last, dag.timezone)[1] if last else None
    return RunCalendar(dag, tuple(api.runs(dag_id, lower, upper)))


def read_failure(api: AirflowApi, dag_id: str, run_id: str) -> RunFailure:
    """Raises MlopsctlError if Airflow cannot be asked."""
    tasks = api.task_instances(dag_id, run_id)
    first = first_failed(tasks)
    if not first:
        return RunFailure(run_id, "", TaskLog("", deadlock(api.task_dates(dag_id), tasks)))
    log = api.task_log(dag_id, run_id, first.task_id, first.try_number, first.map_index)
    return RunFailure(run_id, first.task_id, replace(log, text=log_tail(log.text)), explain(api, log))


def read_skipped(api: AirflowApi, dag_id: str, logical_date: datetime) -> SkippedTasks:
    """The skipped tasks of the run with that logical date. Raises MlopsctlError if Airflow cannot be asked."""
    tasks, number = api.tasks_page(dag_id, logical_date, logical_date, [TaskState.SKIPPED], MAX_SKIPPED)
    # A task without a try was skipped because of another one, and has no log.
    first = min(tasks, key=lambda task: (not task.try_number, _ended(task)), default=None)
    return SkippedTasks(number, first.task_id, bool(first.try_number)) if first else SkippedTasks(0)


def log_tail(log: str) -> str:
    """The last lines of a task's log, without traceback frames inside Airflow: they are always the same."""
    lines = [line for line in log.splitlines() if not AIRFLOW_FRAME.match(line)]
    return "\n".join(lines[-LOG_TAIL:])


def first_failed(tasks: Iterable[TaskInstance]) -> TaskInstance | None:
    failed = [task for task in tasks if task.state == TaskState.FAILED]
    return min(failed, key=_ended, default=None)


def _ended(task: TaskInstance) -> float:
    return task.end.timestamp() if task.end else math.inf
