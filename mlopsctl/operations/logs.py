"""The log of a task, in the run of a date or in the last run."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core import dates
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Deadline
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagRun, TaskInstance, TaskLog
from mlopsctl.core.states import ENDED_TASK_STATES, TaskState
from mlopsctl.core.text import plural
from mlopsctl.operations.runs import first_failed

OVER = (*ENDED_TASK_STATES, TaskState.UP_FOR_RETRY, TaskState.REMOVED, TaskState.NONE)  # of a try
FOLLOW_INTERVAL = 2.0  # seconds between two looks at a log
LATEST = 5.0  # seconds after the end of a task until a worker host has sent the end of its log
# A line in the logs of running tasks on workers. Airflow asks the worker for the log, but ours have no log server: they
# write into the head's folder, or send it there.
NO_LOG_SERVER = "Could not read served logs: "


@dataclass(frozen=True)
class TaskTry:
    """A try of a task instance. `has_workers`: whether tasks run on workers of ours."""

    dag_id: str
    run_id: str
    task: TaskInstance
    number: int
    has_workers: bool = False

    def log(self, api: AirflowApi) -> TaskLog:
        log = api.task_log(self.dag_id, self.run_id, self.task.task_id, self.number, self.task.map_index)
        if not self.has_workers:
            return log
        lines = [line for line in log.text.split("\n") if not line.startswith(NO_LOG_SERVER)]
        return replace(log, text="\n".join(lines))

    def is_over(self, api: AirflowApi) -> bool:
        own = (self.task.task_id, self.task.map_index)
        found = [task for task in api.task_instances(self.dag_id, self.run_id) if (task.task_id, task.map_index) == own]
        return not any(task.try_number == self.number and task.state not in OVER for task in found)


def follow(found: TaskTry, api: AirflowApi, clock: Clock = SYSTEM_CLOCK) -> Iterator[TaskLog]:
    """The log as it is now, and whenever it has grown, until the try is over. Raises MlopsctlError."""
    shown, end = -1, Deadline(None, clock)
    while not end.expired:
        if end.seconds == math.inf and found.is_over(api):
            end = Deadline(LATEST if found.has_workers else 0.0, clock)
        log = found.log(api)
        if (lines := len(log.text.splitlines())) > shown:
            shown = lines
            yield log
        if not end.expired:
            clock.sleep(FOLLOW_INTERVAL)


def find(
    api: AirflowApi, dag_id: str, task_id: str, day: str | None, try_number: int | None, has_workers: bool = False
) -> TaskTry:
    """Of a mapped task, the instance that failed first, else the last one. Raises MlopsctlError if the DAG, run, task
    or try does not exist."""
    run = _find_run(api, dag_id, day)
    tasks = api.task_instances(dag_id, run.run_id)
    instances = [task for task in tasks if task.task_id == task_id]
    if not instances:
        names = ", ".join(dict.fromkeys(task.task_id for task in tasks))
        raise MlopsctlError(
            f"the run {run.run_id} of {dag_id} has no task {task_id!r}.", hint=f"its tasks: {names}", code="no-task"
        )
    instance = first_failed(instances) or instances[-1]
    number = try_number or instance.try_number
    if number > instance.try_number > 0:
        tries = plural(instance.try_number, "try", "tries")
        raise MlopsctlError(
            f"the task {task_id} has had {tries} in the run {run.run_id}, and no try {number}.",
            hint=f"use --try {instance.try_number}, or leave it out for the last one",
            code="no-log",
        )
    if number < 1:
        raise MlopsctlError(
            f"the task {task_id} {_why_not_started(instance)} in the run {run.run_id}.",
            hint=Hint.of("runs", dag_id),
            code="no-log",
        )
    return TaskTry(dag_id, run.run_id, instance, number, has_workers)


def _why_not_started(task: TaskInstance) -> str:
    if task.state == TaskState.SKIPPED:
        return "was skipped because of another task"
    if task.state == TaskState.UPSTREAM_FAILED:
        return "was not run because a task before it failed"
    return "has not started yet"


def _find_run(api: AirflowApi, dag_id: str, day: str | None) -> DagRun:
    dag = api.dag(dag_id)
    if day is None:
        runs = api.latest_runs(dag_id, 1)
        message = f"{dag_id} has no runs yet."
    else:
        wanted = dates.parse_day(day, today=dates.today_in(dag.timezone))
        runs = api.runs(dag_id, *dates.day_bounds(wanted, wanted, dag.timezone))
        runs.sort(key=lambda run: run.start.timestamp() if run.start else math.inf)
        message = f"{dag_id} has no run on {wanted}."
    if not runs:
        raise MlopsctlError(message, hint=Hint.of("runs", dag_id), code="no-run")
    return runs[-1]
