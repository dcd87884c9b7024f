"""What a backfill shows before and after it runs: the plan, the dates, the failures; and its JSON."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from mlopsctl.cli._common import calendar
from mlopsctl.cli._common.calendar import RUN_MARKS
from mlopsctl.cli._common.output import Output
from mlopsctl.core import dates
from mlopsctl.core.hint import NO_HINT, Hint
from mlopsctl.core.model import BackfillId, PlannedRun
from mlopsctl.core.result import Message
from mlopsctl.core.states import RunAction, RunState, Selection
from mlopsctl.core.text import plural
from mlopsctl.operations.backfill import downstream
from mlopsctl.operations.backfill.execution.failures import LOGS, Cause
from mlopsctl.operations.backfill.execution.skipped_tasks import SkippedTask
from mlopsctl.operations.backfill.plan import BackfillPlan
from mlopsctl.operations.runs import LOG_TAIL
from mlopsctl.operations.task_errors import explanation_data

SHORT_TAIL = 5  # lines of a log beside others
ROWS = 20  # runs that are listed one by one, a screenful; more by month
STATES = (RunState.SUCCESS, RunState.FAILED, RunState.RUNNING, RunState.QUEUED)
MARKS = {
    RunAction.AGAIN: ("↻", "yellow", "runs again"), RunAction.NEW: ("+", "green", "new"),
    RunState.RUNNING: (*RUN_MARKS[RunState.RUNNING], "running"),
    RunState.QUEUED: (*RUN_MARKS[RunState.QUEUED], "queued"),
    RunState.FAILED: (*RUN_MARKS[RunState.FAILED], "failed, left out"),
    RunState.SUCCESS: (RUN_MARKS[RunState.SUCCESS][0], "dim", "done"),
    RunState.NONE: ("·", "dim", "left out"),
}  # fmt: skip  # of several runs a day, the calendar shows the first of these


def summary(plan: BackfillPlan) -> str:
    """`31 runs: 20 new, 6 failed → again, 5 done → kept`."""
    again = [run for run in plan.runs if run.action == RunAction.AGAIN]
    ended = [run.state for run in again if not run.orphaned]
    kept = [run.state for run in plan.runs if run.action == RunAction.KEPT]
    empty = sum(run.empty and run.action == RunAction.KEPT for run in plan.runs)
    parts = [
        (len(plan.runs_to(RunAction.NEW)), "new"),
        (len(again) - len(ended), "stuck → again"),
        (ended.count(RunState.FAILED), "failed → again"),
        (ended.count(RunState.SUCCESS), f"done{', no rows' * (plan.request.only == Selection.HOLES)} → again"),
        (kept.count(RunState.SUCCESS) - empty, "done → kept"),
        (empty, "done without a task → kept"),
        (kept.count(RunState.QUEUED) + kept.count(RunState.RUNNING), "under way → awaited"),
        (kept.count(RunState.FAILED), "failed → kept"),
        (kept.count(RunState.NONE), "missing → left out"),
    ]
    return f"{plural(len(plan.runs), 'run')}: " + ", ".join(f"{number} {what}" for number, what in parts if number)


def plan_messages(plan: BackfillPlan) -> Iterator[Message]:
    """What will be done, and what the user should know before."""
    if not plan.runs:
        yield from map(Message.warning, plan.warnings)
        yield Message(f"{plan.dag.dag_id}: no day from {plan.start} to {plan.end} is without rows; nothing to do")
        return
    yield Message(f"{plan.dag.dag_id}: {summary(plan)}")
    if plan.dag.periodic and not plan.dag.backfillable:
        yield Message("  engine runs: this Airflow has no backfills of its own")
    zone = dates.load_timezone(plan.dag.timezone)
    for name, run in (("first", plan.runs[0]), ("last", plan.runs[-1])):
        at = run.logical_date.astimezone(zone)
        interval = _interval(plan, run)
        yield Message(f"  {name:<5} {at:%Y-%m-%d %H:%M} {plan.dag.timezone}   ds {run.ds}{interval}")
    yield from downstream.plan_messages(plan.downstream, at_once=plan.runs_at_once)
    yield from map(Message.warning, plan.warnings)
    if plan.scheduled:
        yield plan.scheduled.message
        if plan.request.repause:
            yield Message.warning("what has not ended when --repause pauses the DAG again waits until it is unpaused.")


def _interval(plan: BackfillPlan, run: PlannedRun) -> str:
    """Of the data, if the DAG has a schedule."""
    if not plan.dag.periodic or not run.interval:
        return ""
    start, end = (at.astimezone(dates.load_timezone(plan.dag.timezone)) for at in run.interval)
    return (
        "   no data interval" if start == end else f"\n        data from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
    )


def show_planned(out: Output, plan: BackfillPlan) -> None:
    """What would be done about each run, or, of many, about each day."""
    if len(plan.runs) <= ROWS:
        show_table(out, plan.runs)
        return
    by_day: dict[date, set[str]] = {}
    for run in plan.runs:
        by_day.setdefault(run.date, set()).add(run.state if run.action == RunAction.KEPT else run.action)
    calendar.show(out, {day: next(MARKS[key][:2] for key in MARKS if key in found) for day, found in by_day.items()})
    shown = set().union(*by_day.values())
    out.text("   ".join(f"{mark} {text}" for key, (mark, _, text) in MARKS.items() if key in shown))


def show_table(out: Output, runs: Sequence[PlannedRun], not_run: Sequence[PlannedRun] = ()) -> None:
    """Each run, or, of many, each month."""
    if len(runs) <= ROWS:
        columns = ("DATE", "LOGICAL DATE (UTC)", "DS", "ACTION", "STATE")
        rows = [(r.date, f"{r.logical_date:%Y-%m-%d %H:%M}", r.ds, r.action, _state(r, not_run)) for r in runs]
        out.table(columns, rows)
    else:
        out.table(("MONTH", "RUNS", "SUCCESS", "FAILED", "OTHER"), list(_months(runs)))


def _state(run: PlannedRun, not_run: Sequence[PlannedRun]) -> str:
    return "not run" if run in not_run else "stuck" if run.orphaned else run.state or "no run"


def _months(runs: Iterable[PlannedRun]) -> Iterator[tuple[object, ...]]:
    months: dict[str, list[str]] = {}
    for run in runs:
        months.setdefault(f"{run.date:%Y-%m}", []).append(run.state)
    for month, states in months.items():
        done, failed = states.count(RunState.SUCCESS), states.count(RunState.FAILED)
        yield month, len(states), done, failed, len(states) - done - failed


def date_messages(runs: Sequence[PlannedRun], not_run: Sequence[PlannedRun] = ()) -> Iterator[Message]:
    """The dates that have not succeeded, by state."""
    left_out = {run.logical_date for run in not_run}
    for state in (RunState.FAILED, RunState.RUNNING, RunState.QUEUED, RunState.NONE):
        if days := [run.date for run in runs if run.state == state and run.logical_date not in left_out]:
            yield Message(f"{state or 'no run':<8} {dates.format_days(days)}")
    if not_run:
        yield Message(f"not run  {dates.format_days(run.date for run in not_run)}")


def cause_messages(causes: Sequence[Cause]) -> Iterator[Message]:
    """What the failed dates have in common, and of each cause the end of a log."""
    number = sum(len(cause.days) for cause in causes)
    for cause in causes:
        which = f"all {number}" if len(causes) == 1 and number > 1 else dates.format_days(cause.days)
        yield Message(f"{which}: {_why(cause)}", hint=cause.explanation.hint if cause.explanation else NO_HINT)
    for cause in [cause for cause in causes if cause.logs][:LOGS]:
        day = min(cause.logs)
        lines = cause.logs[day].text.splitlines()[-(LOG_TAIL if len(causes) == 1 else SHORT_TAIL) :]
        log = "\n".join(f"  {line}" for line in lines)
        yield Message(f"the end of the log of task {cause.task_id}, {day}:\n{log}")


def _why(cause: Cause) -> str:
    if not cause.task_id:
        return "the run failed, but none of its tasks did" + (f": {cause.error}" if cause.error else "")
    read = len(cause.logs)
    unread = f" ({read} of {len(cause.days)} logs were read)" if 0 < read < len(cause.days) else ""
    error = cause.error_of(cause.days[0]) if len(cause.days) == 1 else cause.error
    later = f"; after that, {cause.later_error}" if cause.later_error else ""
    return f"task {cause.task_id}" + (f": {error}{unread}{later}" if error else "")


def failures_data(causes: Sequence[Cause], program: str) -> list[dict[str, Any]]:
    """`failures` in the JSON of the contract. `log_tail` is empty where the log was not read. `program`: how hints call
    mlopsctl."""
    rows = [
        {"date": str(day), "task": cause.task_id or None, "error": cause.error_of(day) or None,
         "log_tail": cause.logs[day].text if day in cause.logs else "", **explanation_data(cause.explanation, program)}
        for cause in causes for day in cause.days
    ]  # fmt: skip
    return sorted(rows, key=lambda row: str(row["date"]))


def skipped_message(dag_id: str, tasks: Sequence[SkippedTask], number: int) -> Message:
    """`number`: of successful runs."""
    first, more = tasks[0], f" and {len(tasks) - 1} more" if len(tasks) > 1 else ""
    text = f"skipped in {len(first.runs)} of {number}: {first.task_id}{more}"
    why = Hint.of("logs", dag_id, first.task_id, "--date", first.day, note="shows why")
    return Message(text, hint=why if first.has_log else NO_HINT)


def data(
    plan: BackfillPlan, runs: Sequence[PlannedRun], *, backfill_id: BackfillId | None = None, seconds: float = 0.0
) -> dict[str, Any]:
    """The JSON of the contract. `left_out`: dates without a run, which the selection leaves out."""
    states, actions = [run.state for run in runs], [run.action for run in runs]
    counts = {"total": len(runs)} | {action.value: actions.count(action) for action in RunAction}
    counts |= {state.value: states.count(state) for state in STATES}
    return {
        "dag_id": plan.dag.dag_id,
        "from": plan.start.isoformat(),
        "to": plan.end.isoformat(),
        "timezone": plan.dag.timezone,
        "engine": plan.engine,
        "backfill_id": backfill_id,
        "counts": counts | {"skipped": 0, "empty": 0, "left_out": sum(map(_is_left_out, runs))},
        "runs": [run_data(run) for run in runs],
        "seconds": round(seconds, 3),
    }


def _is_left_out(run: PlannedRun) -> bool:
    return not run.state and run.action == RunAction.KEPT


def run_data(run: PlannedRun) -> dict[str, Any]:
    return {
        "date": run.date.isoformat(),
        "logical_date": run.logical_date.isoformat(),
        "ds": run.ds,
        "action": run.action,
        "state": run.state or None,
        "run_id": run.run_id or None,
    }
