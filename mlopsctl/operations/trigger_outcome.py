"""What a run that was waited for has done: which task failed, or which were skipped."""

from collections.abc import Sequence
from typing import Any

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import NO_HINT, Hint
from mlopsctl.core.model import DagRun, TaskDates
from mlopsctl.core.result import Message, Result
from mlopsctl.core.states import ENDED_TASK_STATES, RunState, Status
from mlopsctl.operations import task_dates
from mlopsctl.operations.runs import RunFailure, read_failure, read_skipped
from mlopsctl.operations.task_errors import explanation_data
from mlopsctl.operations.trigger import TriggerPlan


def read(api: AirflowApi, plan: TriggerPlan, run: DagRun, seconds: float, program: str) -> Result:
    """`run`: it has ended. `program`: how hints call mlopsctl. The result does not depend on Airflow's answers: without
    them, a message is missing."""
    data = plan.data(run, seconds)
    if run.state == RunState.SUCCESS:
        return _read_success(api, plan, run, data)
    failure, messages = _read_failure(api, plan.dag.dag_id, run.run_id)
    if failure:
        data["failures"] = [_failure_data(plan, failure, program)]
    error = MlopsctlError(f"the run {run.run_id} failed{_cause(failure)}.", hint=plan.rerun, code="run-failed")
    return Result(data, Status.ERROR, messages, (error,))


def _read_success(api: AirflowApi, plan: TriggerPlan, run: DagRun, data: dict[str, Any]) -> Result:
    """Airflow reports success for a run whose tasks were skipped, or that has none: it may have done nothing."""
    dag_id, at = plan.dag.dag_id, plan.logical_date
    try:
        if not api.count_tasks(dag_id, at, at, ENDED_TASK_STATES):
            return Result(data, Status.ERROR, errors=(_no_task_ran(plan, run, api.task_dates(dag_id)),))
        return Result(data, messages=_skipped_tasks(api, plan))
    except MlopsctlError as e:
        return Result(data, messages=(Message.warning(f"could not check what the run has done: {e.message}"),))


def _no_task_ran(plan: TriggerPlan, run: DagRun, tasks: Sequence[TaskDates]) -> MlopsctlError:
    outside = task_dates.without_task(plan.dag, tasks, [plan.logical_date])
    why = f": {task_dates.reason(plan.dag, tasks, plan.logical_date)}" if outside else ""
    again = Hint((*plan.rerun.command, "--all"), note=plan.rerun.note) if plan.day else plan.rerun
    message = f"no task ran in the run {run.run_id}, although Airflow reports success{why}."
    return MlopsctlError(message, hint=again, code="no-task-ran")


def _read_failure(api: AirflowApi, dag_id: str, run_id: str) -> tuple[RunFailure | None, tuple[Message, ...]]:
    """None if Airflow does not answer; the end of the log for the user."""
    try:
        failure = read_failure(api, dag_id, run_id)
    except MlopsctlError as e:
        return None, (Message.warning(f"could not read the log of the failed task: {e.message}"),)
    return failure, _log_messages(failure)


def _cause(failure: RunFailure | None) -> str:
    """` in task train: ValueError: x`; empty if it is not known."""
    if not failure:
        return ""
    task = f" in task {failure.task_id}" if failure.task_id else ""
    return task + (f": {failure.log.error.rstrip('.')}" if failure.log.error else "")


def _failure_data(plan: TriggerPlan, failure: RunFailure, program: str) -> dict[str, str | None]:
    """As in the JSON of `backfill`."""
    task, log = failure.task_id or None, failure.log
    why = explanation_data(failure.explanation, program)
    return {"date": plan.day, "task": task, "error": log.error or None, "log_tail": log.text, **why}


def _skipped_tasks(api: AirflowApi, plan: TriggerPlan) -> tuple[Message, ...]:
    """Raises MlopsctlError if Airflow cannot be asked."""
    dag_id = plan.dag.dag_id
    skipped = read_skipped(api, dag_id, plan.logical_date)
    if not skipped.number:
        return ()
    more = f" and {skipped.number - 1} more" if skipped.number > 1 else ""
    date = ("--date", plan.day) if plan.day else ()
    reason = Hint.of("logs", dag_id, skipped.task_id, *date, note="shows why") if skipped.has_log else Hint()
    return (Message(f"skipped: {skipped.task_id}{more}", hint=reason),)


def _log_messages(failure: RunFailure) -> tuple[Message, ...]:
    """The end of the log of the task that failed first, and an error that followed its own."""
    if not failure.task_id:
        return ()
    log = "\n".join(f"  {line}" for line in failure.log.text.splitlines())
    why = failure.explanation.hint if failure.explanation else NO_HINT
    end = Message(f"the end of the log of task {failure.task_id}:\n{log}", hint=why)
    return end, *(Message(f"after the error of the task: {later}") for later in failure.log.later_errors[:1])
