"""The log of a task: of the run of a date, or of the last run."""

import math

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagRun
from mlopsctl.operations.runs import first_failed


def read(api: AirflowApi, dag_id: str, task_id: str, day: str | None, try_number: int | None) -> str:
    """Of a mapped task, the part that failed first, or else the last. Raises MlopsctlError where there is no such DAG,
    run, task or try."""
    run = _run(api, dag_id, day)
    tasks = api.task_instances(dag_id, run.run_id)
    parts = [task for task in tasks if task.task_id == task_id]
    if not parts:
        raise MlopsctlError(
            f"{dag_id} has no task {task_id!r} in the run {run.run_id}.",
            hint=f"its tasks: {', '.join(dict.fromkeys(task.task_id for task in tasks))}",
            code="no-task",
        )
    chosen = first_failed(parts) or parts[-1]
    number = try_number or chosen.try_number
    if number < 1:
        raise MlopsctlError(
            f"{task_id} has not started in the run {run.run_id}.", hint=Hint.of("runs", dag_id), code="no-log"
        )
    return api.task_log(dag_id, run.run_id, task_id, number, chosen.map_index).text


def _run(api: AirflowApi, dag_id: str, day: str | None) -> DagRun:
    dag = api.dag(dag_id)
    if day is None:
        runs = api.latest_runs(dag_id, 1)
        where = "yet"
    else:
        wanted = dates.parse_day(day, today=dates.today_in(dag.timezone))
        runs = api.runs(dag_id, *dates.day_bounds(wanted, wanted, dag.timezone))
        runs.sort(key=lambda r: r.start.timestamp() if r.start else math.inf)
        where = f"on {wanted}"
    if not runs:
        raise MlopsctlError(f"{dag_id} has no run {where}.", hint=Hint.of("runs", dag_id), code="no-run")
    return runs[-1]
