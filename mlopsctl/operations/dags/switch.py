"""Pause and unpause DAGs."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.model import DagDetails
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step

AT_ONCE = 4  # requests


def plan(api: AirflowApi, dag_ids: Sequence[str], *, pause: bool) -> Plan:
    """One step for each DAG, in the given order; empty for one that already is as wanted.

    Raises MlopsctlError `unknown-dag`, with the nearest names, before anything is changed.
    """
    found = _read(api, list(dict.fromkeys(dag_ids)))
    verb = "pause" if pause else "unpause"
    return Plan(tuple(PlannedStep(name, "" if dag.paused == pause else verb) for name, dag in found.items()))


def _read(api: AirflowApi, dag_ids: Sequence[str]) -> Mapping[str, DagDetails]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(dag_ids, pool.map(api.dag, dag_ids), strict=True))


def run(plan: Plan, api: AirflowApi, *, pause: bool) -> Iterator[Step]:
    state = "paused" if pause else "active"
    for step in plan.steps:
        if step.what:
            api.set_paused(step.name, pause)
            yield Step(step.name, StepState.CHANGED, state)
        else:
            yield Step(step.name, StepState.OK, f"already {state}")
