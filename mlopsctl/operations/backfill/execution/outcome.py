"""How a backfill ended: why it is not complete, and the command that does what is left."""

from collections.abc import Sequence
from dataclasses import replace

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import NO_HINT, Hint
from mlopsctl.core.model import PlannedRun
from mlopsctl.core.states import ACTIVE_RUN_STATES, RunAction, RunState, Selection
from mlopsctl.core.text import duration, plural
from mlopsctl.operations import task_dates
from mlopsctl.operations.backfill.engines import engine_for
from mlopsctl.operations.backfill.execution.controller import ROUNDS
from mlopsctl.operations.backfill.execution.progress import Progress
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.planning.sources import days_still_empty, output_table
from mlopsctl.operations.backfill.rerun import rerun_command
from mlopsctl.operations.target import Target


def rerun_last(plan: BackfillPlan) -> Hint:
    """Its last date once more."""
    day = max(run.date for run in plan.runs)
    return Hint.of("backfill", plan.dag.dag_id, "--from", day, "--to", day, "--all")


def incomplete(plan: BackfillPlan, last: Progress) -> MlopsctlError | None:
    """Why not all dates have succeeded."""
    if last.not_run and last.stopped:
        were = "were" if len(last.not_run) > 1 else "was"
        words = f"{last.stopped.text}: {plural(len(last.not_run), 'date')} {were} not run"
        return MlopsctlError(f"{words}  {duration(last.seconds)}", hint=Hint(rerun_command(plan)), code="stopped")
    left = [run for run in last.runs if run.state != RunState.SUCCESS]
    if not left:
        return None
    verb = "failed" if all(run.state == RunState.FAILED for run in left) else "have not succeeded"
    words = f"{last.stopped.text}: " if last.stopped else ""
    words += f"{len(left)} of {plural(len(last.runs), 'date')} {verb}"
    if lost := [run.date for run in last.runs if last.backfill_id is not None and run.is_lost]:
        words += f"; {ROUNDS} times a run was created for {dates.format_days(lost)}, and Airflow has none"
    ended = [run.state for run in left if run.state not in ACTIVE_RUN_STATES]
    spared = sum(plan.request.action_for(state) == RunAction.KEPT for state in ended)
    if spared:
        which = "them" if spared == len(left) else f"{spared} of them"
        words += f"; --only {plan.request.only} leaves {which} out"
    request = replace(plan.request, only=Selection.UNFINISHED) if spared == len(left) else plan.request
    if request.days:
        request = replace(request, days=tuple(sorted({run.date for run in left})))
    hint = (last.stopped.first if last.stopped else NO_HINT).followed_by(*rerun_command(plan, request))
    return MlopsctlError(f"{words}  {duration(last.seconds)}", hint=hint, code="unfinished")


def no_task_ran(api: AirflowApi, plan: BackfillPlan, empty: Sequence[PlannedRun]) -> MlopsctlError:
    """Of successful runs in which no task has ended. Raises MlopsctlError if Airflow does not answer."""
    days = tuple(sorted({run.date for run in empty}))
    tasks = api.task_dates(plan.dag.dag_id)
    outside = task_dates.without_task(plan.dag, tasks, [run.logical_date for run in empty])
    why = f": {task_dates.reason(plan.dag, tasks, outside[0])}" if outside else ""
    request = BackfillRequest(days=days) if engine_for(plan.engine).lists_dates else BackfillRequest()
    command = rerun_command(replace(plan, start=days[0], end=days[-1]), request)
    first = "after you have changed these dates in the DAG" if request.days and outside else ""
    return MlopsctlError(
        f"no task ran in {len(empty)} of {plural(len(plan.runs), 'run')} ({dates.format_days(days)}), although Airflow "
        f"reports success{why}.",
        hint=Hint((*command, "--all"), note=first),
        code="no-task-ran",
    )


def still_empty(target: Target, plan: BackfillPlan) -> MlopsctlError | None:
    """Of a plan for missing rows, all of whose runs have succeeded: a run may succeed and write nothing."""
    try:
        left = days_still_empty(target, plan)
    except MlopsctlError as e:
        words = f"all runs succeeded, but could not check that their rows exist: {e.message}"
        return MlopsctlError(words, hint=Hint(rerun_command(plan)), code="unverified")
    if not left:
        return None
    table, column = output_table(target, plan.dag.dag_id, plan.request)
    words = f"all runs succeeded, but {plural(len(left), 'day')} still have no row in {table}"
    by_column = ("--column", column) if column else ()
    hint = Hint.of("coverage", table, "--from", left[0], "--to", left[-1], *by_column)
    return MlopsctlError(f"{words}: {dates.format_days(left)}.", hint=hint, code="still-holes")
