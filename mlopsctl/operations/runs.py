"""The runs of a DAG by date, and why one of them failed."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core import dates
from mlopsctl.core.model import DagDetails, DagRun, TaskInstance

NEWEST = 30  # so many where no range is given
MANY = 100  # skipped tasks that are looked at
TAIL = 15  # lines of a failed task's log
OWN_FRAME = re.compile(r"  \S*/site-packages/airflow/(sdk|providers/standard|models)/\S+ in ")


@dataclass(frozen=True)
class Calendar:
    """Runs in the order of their logical dates; those by hand without one come last."""

    dag: DagDetails
    runs: tuple[DagRun, ...]

    def day(self, run: DagRun) -> date | None:
        """The date of a run in the DAG's time zone."""
        return run.logical_date.astimezone(dates.zone(self.dag.timezone)).date() if run.logical_date else None


@dataclass(frozen=True)
class Failure:
    """The task that failed first in a run (empty: no task did), and the end of its log."""

    run_id: str
    task_id: str
    log: str


@dataclass(frozen=True)
class Skipped:
    """How many tasks of a run were skipped; one of them; whether it did so by itself, and says why in its log."""

    number: int
    task_id: str = ""
    told: bool = False


def read(api: AirflowApi, dag_id: str, start: str | None, end: str | None) -> Calendar:
    """The runs of the days from `start` to `end`; without either, the newest. Raises UsageError, MlopsctlError.

    An end that is left open means all there is: a run by hand may have a logical date to come.
    """
    dag = api.dag(dag_id)
    if start is None and end is None:
        return Calendar(dag, tuple(api.latest_runs(dag_id, NEWEST)))
    first, final = dates.parse_open_range(start, end, today=dates.today_in(dag.timezone), future=False)
    lower = dates.day_bounds(first, first, dag.timezone)[0] if first else None
    upper = dates.day_bounds(final, final, dag.timezone)[1] if final else None
    return Calendar(dag, tuple(api.runs(dag_id, lower, upper)))


def failure(api: AirflowApi, dag_id: str, run_id: str) -> Failure:
    """Raises MlopsctlError where Airflow cannot be asked."""
    first = first_failed(api.task_instances(dag_id, run_id))
    if not first:
        return Failure(run_id, "", "")
    log = api.task_log(dag_id, run_id, first.task_id, first.try_number, first.map_index)
    return Failure(run_id, first.task_id, end_of(log.text))


def skipped(api: AirflowApi, dag_id: str, logical_date: datetime) -> Skipped:
    """The tasks that were left out of the run with that logical date. Raises MlopsctlError where Airflow cannot be
    asked."""
    tasks, number = api.tasks_page(dag_id, logical_date, logical_date, ["skipped"], MANY)
    first = min(tasks, key=lambda task: (not task.try_number, _ended(task)), default=None)
    # Without a try it never began, and has no log: a task before it decided.
    return Skipped(number, first.task_id, bool(first.try_number)) if first else Skipped(0)


def end_of(log: str) -> str:
    """The last lines of a task's log, without the frames that lie in Airflow itself: they are the same in all."""
    lines = [line for line in log.splitlines() if not OWN_FRAME.match(line)]
    return "\n".join(lines[-TAIL:])


def first_failed(tasks: Iterable[TaskInstance]) -> TaskInstance | None:
    failed = [task for task in tasks if task.state == "failed"]
    return min(failed, key=_ended, default=None)


def _ended(task: TaskInstance) -> float:
    return task.end.timestamp() if task.end else math.inf
