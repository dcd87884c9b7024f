"""Pause and resume a backfill."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from mlopsctl.adapters.airflow.interface import AirflowApi, RequestRejected
from mlopsctl.core.deadline import Deadline
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Backfill
from mlopsctl.core.result import Message
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.core.text import plural
from mlopsctl.operations.backfill.engines import engine_for
from mlopsctl.operations.backfill.engines.base import CONFLICT
from mlopsctl.operations.dags.scheduled_runs import ScheduledRuns


def plan_pause(backfill: Backfill) -> Plan:
    """Empty if it is paused, or has ended."""
    engine = engine_for(backfill.engine)
    if not backfill.active:
        return Plan((PlannedStep("pause", ""),), notes=(has_ended(backfill, "pause"),))
    if backfill.dag_paused if engine.pauses_dag else backfill.record_paused:
        return Plan((PlannedStep("pause", ""),), notes=(f"backfill {backfill.id} is already paused.",))
    if engine.pauses_dag:
        what = f"pause {backfill.dag_id}"
        note = (
            f"Airflow cannot pause single runs, so {backfill.dag_id} itself is paused: none of its runs starts, also "
            "not those of its schedule, and in running ones the next task waits for the resume."
        )
    else:
        what = f"pause {plural(backfill.queued, 'queued run')}"
        note = f"Its queued runs wait; {plural(backfill.running, 'running one')} continue."
    resume = Message("To resume it:", hint=Hint.of("backfills", "resume", backfill.id))
    return Plan((PlannedStep("pause", what),), notes=(note, resume))


def pause(plan: Plan, api: AirflowApi, backfill: Backfill) -> Iterator[Step]:
    yield from _change(plan, lambda: engine_for(backfill.engine)(api).pause(backfill))


def plan_resume(backfill: Backfill, unpause: bool, scheduled: ScheduledRuns | None = None) -> Plan:
    """Empty if it is not paused, or has ended. Raises MlopsctlError if its DAG is paused too and stays so.

    `scheduled`: what unpausing the DAG starts besides.
    """
    if not backfill.active:
        return Plan((PlannedStep("resume", ""),), notes=(has_ended(backfill, "resume"),))
    if backfill.dag_paused and not unpause and not engine_for(backfill.engine).pauses_dag:
        hint = Hint.of("backfills", "resume", backfill.id, "--unpause")
        why = f"{backfill.dag_id} itself is paused: its runs would stay queued."
        raise MlopsctlError(why, hint=hint, code="paused")
    what = [f"resume {plural(backfill.queued, 'queued run')}"] if backfill.record_paused else []
    what += [f"unpause {backfill.dag_id}"] if backfill.dag_paused else []
    if not what:
        return Plan((PlannedStep("resume", ""),), notes=(f"backfill {backfill.id} is not paused.",))
    plan = Plan((PlannedStep("resume", ", ".join(what)),))
    return replace(plan, asks=scheduled.question, notes=(scheduled.message,)) if scheduled else plan


def resume(plan: Plan, api: AirflowApi, backfill: Backfill) -> Iterator[Step]:
    def change() -> str:
        engine_for(backfill.engine)(api).resume(backfill)
        return f"backfill {backfill.id} continues"

    yield from _change(plan, change)


def has_ended(backfill: Backfill, verb: str) -> str:
    return f"backfill {backfill.id} of {backfill.dag_id} has ended ({backfill.state}): nothing to {verb}."


def _change(plan: Plan, change: Callable[[], str]) -> Iterator[Step]:
    (step,) = plan.steps
    if plan.empty:
        yield Step(step.name, StepState.OK, "nothing to do")
        return
    began = Deadline(None)
    yield Step(step.name, StepState.RUNNING, step.what)
    try:
        done = change()
    except RequestRejected as e:
        if e.status != CONFLICT:
            raise
        done = "it has just ended"
    yield Step(step.name, StepState.CHANGED, done, began.waited)
