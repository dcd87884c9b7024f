"""The log of a task, in the run of a date or in the last run."""

import math

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagRun, TaskInstance, TaskLog
from mlopsctl.core.states import TaskState
from mlopsctl.core.text import plural
from mlopsctl.operations.runs import first_failed


def read(api: AirflowApi, dag_id: str, task_id: str, day: str | None, try_number: int | None) -> TaskLog:
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
    return api.task_log(dag_id, run.run_id, task_id, number, instance.map_index)


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
