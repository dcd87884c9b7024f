"""Pause and unpause DAGs."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.model import DagDetails
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.dags import scheduled_runs
from mlopsctl.operations.dags.scheduled_runs import ScheduledRuns
from mlopsctl.operations.target import Target

AT_ONCE = 4  # requests


def plan_pause(api: AirflowApi, dag_ids: Sequence[str]) -> Plan:
    """One step for each DAG, in the given order; empty for one that already is paused.

    Raises MlopsctlError `unknown-dag`, with the nearest names, before anything is changed.
    """
    found = read(api, dag_ids)
    return Plan(tuple(PlannedStep(name, "" if dag.paused else "pause") for name, dag in found.items()))


def plan_unpause(scheduled: Mapping[str, ScheduledRuns]) -> Plan:
    """The same for DAGs that are to be unpaused. `scheduled`: from read_scheduled(). Asks if that starts many runs."""
    steps = tuple(PlannedStep(name, "unpause" if runs.dag.paused else "") for name, runs in scheduled.items())
    starting = [runs for runs in scheduled.values() if runs]
    questions = [runs.question for runs in starting if runs.question]
    return Plan(steps, asks=" ".join(questions), notes=tuple(runs.message for runs in starting))


def read(api: AirflowApi, dag_ids: Sequence[str]) -> Mapping[str, DagDetails]:
    """Raises MlopsctlError `unknown-dag`."""
    dag_ids = list(dict.fromkeys(dag_ids))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(dag_ids, pool.map(api.dag, dag_ids), strict=True))


def read_scheduled(target: Target, dag_ids: Sequence[str]) -> Mapping[str, ScheduledRuns]:
    """What unpausing each DAG starts. Raises MlopsctlError."""
    return {name: scheduled_runs.read(target, dag) for name, dag in read(target.api, dag_ids).items()}


def run(plan: Plan, api: AirflowApi, *, pause: bool) -> Iterator[Step]:
    state = "paused" if pause else "active"
    for step in plan.steps:
        if step.what:
            api.set_paused(step.name, pause)
            yield Step(step.name, StepState.CHANGED, state)
        else:
            yield Step(step.name, StepState.OK, f"already {state}")
