"""What a run that was waited for has done: which task failed, or which were skipped."""

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagRun
from mlopsctl.core.result import Message, Result
from mlopsctl.core.states import RunState, Status
from mlopsctl.operations.runs import read_failure, read_skipped
from mlopsctl.operations.trigger import TriggerPlan


def read(api: AirflowApi, plan: TriggerPlan, run: DagRun, seconds: float) -> Result:
    """`run`: it has ended. The result does not depend on Airflow's answers: without them, a message is missing."""
    data = plan.data(run, seconds)
    if run.state == RunState.SUCCESS:
        return Result(data, messages=_skipped_tasks(api, plan))
    task, messages = _failed_task(api, plan.dag.dag_id, run.run_id)
    error = MlopsctlError(
        f"the run {run.run_id} failed{f' in task {task}' if task else ''}.", hint=plan.rerun, code="run-failed"
    )
    return Result(data, Status.ERROR, messages, (error,))


def _skipped_tasks(api: AirflowApi, plan: TriggerPlan) -> tuple[Message, ...]:
    """Airflow reports success for a run whose tasks were skipped, though it may have done nothing."""
    dag_id = plan.dag.dag_id
    try:
        skipped = read_skipped(api, dag_id, plan.logical_date)
    except MlopsctlError as e:
        return (Message.warning(f"could not check for skipped tasks: {e.message}"),)
    if not skipped.number:
        return ()
    more = f" and {skipped.number - 1} more" if skipped.number > 1 else ""
    date = ("--date", plan.day) if plan.day else ()
    reason = Hint.of("logs", dag_id, skipped.task_id, *date, note="shows why") if skipped.has_log else Hint()
    return (Message(f"skipped: {skipped.task_id}{more}", hint=reason),)


def _failed_task(api: AirflowApi, dag_id: str, run_id: str) -> tuple[str, tuple[Message, ...]]:
    """The task that failed first, with the end of its log; empty if none failed, or Airflow does not answer."""
    try:
        failure = read_failure(api, dag_id, run_id)
    except MlopsctlError as e:
        return "", (Message.warning(f"could not read the log of the failed task: {e.message}"),)
    if not failure.task_id:
        return "", ()
    log = "\n".join(f"  {line}" for line in failure.log.splitlines())
    return failure.task_id, (Message(f"the end of the log of task {failure.task_id}:\n{log}"),)
