"""Tasks that were skipped in successful runs: Airflow reports success for a run although it may have done nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.model import PlannedRun
from mlopsctl.core.states import RunState, TaskState
from mlopsctl.operations.backfill.plan import BackfillPlan


@dataclass(frozen=True)
class SkippedTask:
    """`runs`: the ids of those in which it was skipped; `day`: that of the first. `has_log`: whether it ran, and logged
    its reason."""

    task_id: str
    runs: frozenset[str]
    day: date
    has_log: bool


def read(api: AirflowApi, plan: BackfillPlan, runs: Sequence[PlannedRun]) -> list[SkippedTask]:
    """Of the successes among `runs`, those that ran first. Raises MlopsctlError if Airflow does not answer."""
    day_of = {run.run_id: run.date for run in runs if run.state == RunState.SUCCESS}
    if not day_of:
        return []
    skipped: dict[str, set[str]] = {}
    logged = set()
    for task in api.tasks_between(plan.dag.dag_id, *plan.bounds, [TaskState.SKIPPED]):
        if task.run_id in day_of:
            skipped.setdefault(task.task_id, set()).add(task.run_id)
            if task.try_number:  # a task without a try was skipped because of another one
                logged.add(task.task_id)
    found = [
        SkippedTask(task_id, frozenset(ids), min(map(day_of.__getitem__, ids)), task_id in logged)
        for task_id, ids in skipped.items()
    ]
    return sorted(found, key=lambda task: (not task.has_log, -len(task.runs), task.task_id))
