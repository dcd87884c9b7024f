"""Pause and resume. Airflow holds its own backfills; single runs it cannot hold, only the whole DAG."""

import time
from collections.abc import Callable, Iterator

from mlopsctl.adapters.airflow.interface import AirflowApi, RequestRejected
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Backfill
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step

ENDED = 409  # how Airflow says that a backfill has ended


def plan_pause(backfill: Backfill) -> Plan:
    """Empty where it is paused, or has ended."""
    if not backfill.active:
        return Plan((PlannedStep("pause", ""),), notes=(_over(backfill, "pause"),))
    if _is_held(backfill):
        return Plan((PlannedStep("pause", ""),), notes=(f"backfill {backfill.id} is paused already.",))
    if backfill.engine == "runs":
        what = f"pause {backfill.dag_id}"
        note = (
            f"Airflow cannot hold single runs, so {backfill.dag_id} itself is paused: no run of it starts, its "
            "schedule rests, and in those that are running the task at work ends and the next one waits."
        )
    else:
        what = f"hold {backfill.queued} queued runs"
        note = f"Its queued runs wait; {backfill.running} that are running go on to their end."
    return Plan((PlannedStep("pause", what),), notes=(note,))


def pause(plan: Plan, api: AirflowApi, backfill: Backfill) -> Iterator[Step]:
    if backfill.engine == "runs":
        yield from _do(plan, lambda: api.set_paused(backfill.dag_id, True), f"{backfill.dag_id} is paused")
    else:
        yield from _do(plan, lambda: api.pause_backfill(int(backfill.id)), f"backfill {backfill.id} is paused")


def plan_resume(backfill: Backfill, unpause: bool) -> Plan:
    """Empty where it goes on, or has ended. Raises MlopsctlError where its DAG holds it and is not to be unpaused."""
    if not backfill.active:
        return Plan((PlannedStep("resume", ""),), notes=(_over(backfill, "resume"),))
    ours = backfill.engine == "runs"
    if backfill.dag_paused and not ours and not unpause:
        raise MlopsctlError(
            f"{backfill.dag_id} itself is paused: its runs would stay queued.",
            hint=Hint.of("backfills", "resume", backfill.id, "--unpause"),
            code="paused",
        )
    what = [f"release {backfill.queued} queued runs"] if backfill.record_paused else []
    what += [f"unpause {backfill.dag_id}"] if backfill.dag_paused else []
    notes = () if what else (f"backfill {backfill.id} is not paused.",)
    return Plan((PlannedStep("resume", ", ".join(what)),), notes=notes)


def resume(plan: Plan, api: AirflowApi, backfill: Backfill) -> Iterator[Step]:
    def go() -> None:
        if backfill.record_paused:
            api.unpause_backfill(int(backfill.id))
        if backfill.dag_paused:
            api.set_paused(backfill.dag_id, False)

    yield from _do(plan, go, f"backfill {backfill.id} goes on")


def _is_held(backfill: Backfill) -> bool:
    return backfill.dag_paused if backfill.engine == "runs" else backfill.record_paused


def _over(backfill: Backfill, verb: str) -> str:
    return f"backfill {backfill.id} of {backfill.dag_id} has ended ({backfill.state}): nothing to {verb}."


def _do(plan: Plan, action: Callable[[], None], done: str) -> Iterator[Step]:
    (step,) = plan.steps
    if plan.empty:
        yield Step(step.name, StepState.OK, "nothing to do")
        return
    began = time.monotonic()
    yield Step(step.name, StepState.RUNNING, step.what)
    try:
        action()
    except RequestRejected as e:
        if e.status != ENDED:
            raise
        done = "it has ended just now"
    yield Step(step.name, StepState.CHANGED, done, time.monotonic() - began)
