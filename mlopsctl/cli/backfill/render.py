"""What a backfill shows: the plan, the progress, the end; in words, and as the contract's JSON."""

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from mlopsctl.cli._common.calendar import RUNS
from mlopsctl.core import dates
from mlopsctl.core.model import PlannedRun
from mlopsctl.core.states import RunAction, RunState
from mlopsctl.core.text import duration
from mlopsctl.operations.backfill.failures import DATE, LOGS, Cause
from mlopsctl.operations.backfill.plan import BackfillPlan
from mlopsctl.operations.backfill.progress import Progress
from mlopsctl.operations.runs import LOG_TAIL

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mlopsctl.cli._common.output import Output

SHORT = 5  # lines of a log beside others
HEARTBEAT = 10.0  # seconds of silence in a log
ROWS = 20  # so many runs are listed one by one, a screenful; more by month


def summary(plan: BackfillPlan) -> str:
    """`31 runs: 20 new, 6 failed → again, 5 done → kept`."""
    again = ["stuck" if run.orphaned else run.state for run in plan.runs if run.action == "again"]
    kept = [run.state for run in plan.runs if run.action == "kept"]
    moving = kept.count(RunState.QUEUED) + kept.count(RunState.RUNNING)
    parts = [
        (len(plan.of("new")), "new"),
        (again.count("stuck"), "stuck → again"),
        (again.count("failed"), "failed → again"),
        (again.count("success"), "done, no rows → again" if plan.request.only == "holes" else "done → again"),
        (kept.count(RunState.SUCCESS), "done → kept"),
        (moving, "under way → awaited"),
        (kept.count(RunState.FAILED), "failed → kept"),
        (kept.count(RunState.NONE), "missing → left out"),
    ]
    words = ", ".join(f"{number} {what}" for number, what in parts if number)
    return f"{count(len(plan.runs), 'run')}: {words}"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def show_plan(out: "Output", plan: BackfillPlan) -> None:
    """Talk: what will be done, and what should be known before."""
    out.say(f"{plan.dag.dag_id}: {summary(plan)}")
    zone = dates.load_timezone(plan.dag.timezone)
    for name, run in (("first", plan.runs[0]), ("last", plan.runs[-1])):
        at = run.logical_date.astimezone(zone)
        out.say(f"  {name:<5} {at:%Y-%m-%d %H:%M} {plan.dag.timezone}   ds {run.ds}{_interval(plan, run)}")
    for warning in plan.warnings():
        out.warn(warning)


def _interval(plan: BackfillPlan, run: PlannedRun) -> str:
    """Of the data, where a schedule makes one; without a schedule there is none to speak of."""
    if not plan.dag.periodic or not run.interval:
        return ""
    start, end = (at.astimezone(dates.load_timezone(plan.dag.timezone)) for at in run.interval)
    if start == end:
        return "   no data interval"
    return f"\n        data from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"


def follow(out: "Output", plan: BackfillPlan, steps: Iterator[Progress]) -> Iterator[Progress]:
    """Show each snapshot as it comes, and hand it on."""
    return _live(out, plan, steps) if out.live else _lines(out, steps)


def _lines(out: "Output", steps: Iterator[Progress]) -> Iterator[Progress]:
    """At every tenth, at every new trouble, and before long silence: ten seconds at first, a minute later."""
    tenth, spoken, said, silence = 0, 0.0, "", HEARTBEAT
    for step in steps:
        now = step.counts.done * 10 // max(step.counts.total, 1)
        trouble = re.sub(r"\d+ s", "", step.message)  # the seconds in it are no news
        news = now > tenth or trouble != said
        if news or step.seconds - spoken > silence:
            out.say(f"{progress_line(step)}{'  ' + step.message if step.message else ''}")
            spoken, silence = step.seconds, HEARTBEAT if news else min(silence * 2, 60.0)
        tenth, said = max(now, tenth), trouble
        yield step


def _live(out: "Output", plan: BackfillPlan, steps: Iterator[Progress]) -> Iterator[Progress]:
    from rich.live import Live

    shown: list[tuple[Progress, float]] = []

    def now() -> "RenderableType":
        """The last snapshot, its clock going on while Airflow takes its time to answer."""
        if not shown:
            return ""
        step, came = shown[-1]
        return _picture(plan, replace(step, seconds=step.seconds + time.monotonic() - came))

    with Live(get_renderable=now, console=out.talk, refresh_per_second=8, transient=True):
        for step in steps:
            shown[:] = [(step, time.monotonic())]
            yield step


def _picture(plan: BackfillPlan, step: Progress) -> "RenderableType":
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    counts = step.counts
    grid = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=max(counts.total, 1), completed=counts.done, width=40)
    grid.add_row(Text(plan.dag.dag_id, "bold"), bar, f"{counts.done}/{counts.total}")
    parts: list[RenderableType] = [grid, Text(_words(step), "red" if counts.failed else ""), Text(_rates(step), "dim")]
    if step.piece:
        parts.append(Text(f"part {step.piece}", "dim"))
    if step.message:
        parts.append(Text(step.message, "yellow"))
    return Group(*parts)


def progress_line(step: Progress) -> str:
    """`12/31  10 done, 2 failed, 16 running, 3 queued  4.2 s, 6 s left`."""
    return f"{step.counts.done}/{step.counts.total}  {_words(step)}{_time(step)}"


def _words(step: Progress) -> str:
    counts = step.counts
    waiting = f", {counts.waiting} to be made" if counts.waiting else ""
    retrying = f", {step.tasks.retrying} up for retry" if step.tasks.retrying else ""
    moving = f"{counts.running} running{retrying}, {counts.queued} queued{waiting}"
    return f"{counts.success} done, {counts.failed} failed, {moving}"


def _rates(step: Progress) -> str:
    """`4.2 s, 6 s left; 24 runs a minute; the slowest task: load, 3.1 s`."""
    slowest = step.tasks.slowest
    parts = [
        _time(step).strip(),
        f"{step.pace:.0f} runs a minute" if step.pace else "",
        f"the slowest task: {slowest}, {duration(step.tasks.seconds)}" if slowest else "",
    ]
    return "; ".join(part for part in parts if part)


def _time(step: Progress) -> str:
    return f"  {duration(step.seconds)}" + (f", {duration(step.eta)} left" if step.eta else "")


MARKS = {
    "again": ("↻", "yellow", "runs again"), "new": ("+", "green", "new"), "running": (*RUNS["running"], "running"),
    "queued": (*RUNS["queued"], "queued"), "failed": (*RUNS["failed"], "failed, left alone"),
    "success": (RUNS["success"][0], "dim", "done"), "": ("·", "dim", "left out"),
}  # fmt: skip  # of several runs a day, the calendar shows the first of these


def show_planned(out: "Output", plan: BackfillPlan) -> None:
    """Data: what would become of each run, or, of many, of each day."""
    if out.json:
        return
    if len(plan.runs) <= ROWS:
        show_table(out, plan.runs)
        return
    from mlopsctl.cli._common import calendar

    words: dict[date, set[str]] = {}
    for run in plan.runs:
        words.setdefault(run.date, set()).add(run.state if run.action == "kept" else run.action)
    marks = {day: next(MARKS[word][:2] for word in MARKS if word in said) for day, said in words.items()}
    calendar.show(out, marks)
    shown = set().union(*words.values())
    out.text("   ".join(f"{mark} {text}" for word, (mark, _, text) in MARKS.items() if word in shown))


def show_table(out: "Output", runs: Sequence[PlannedRun], unmade: Sequence[PlannedRun] = ()) -> None:
    """Data: each run, or, of many, each month. `unmade`: those that were to run and were not."""
    if len(runs) <= ROWS:
        columns = ("DATE", "LOGICAL DATE (UTC)", "DS", "ACTION", "STATE")
        rows = [(r.date, f"{r.logical_date:%Y-%m-%d %H:%M}", r.ds, r.action, _state(r, unmade)) for r in runs]
        out.table(columns, rows)
    else:
        out.table(("MONTH", "RUNS", "SUCCESS", "FAILED", "OTHER"), list(_months(runs)))


def _state(run: PlannedRun, unmade: Sequence[PlannedRun]) -> str:
    return "not run" if run in unmade else "stuck" if run.orphaned else run.state or "no run"


def _months(runs: Iterable[PlannedRun]) -> Iterator[tuple[object, ...]]:
    months: dict[str, list[str]] = {}
    for run in runs:
        months.setdefault(f"{run.date:%Y-%m}", []).append(run.state)
    for month, states in months.items():
        done, failed = states.count("success"), states.count("failed")
        yield month, len(states), done, failed, len(states) - done - failed


def show_dates(out: "Output", runs: Sequence[PlannedRun], unmade: Sequence[PlannedRun] = ()) -> None:
    """Talk: the dates that are no success, by state. `unmade`: those that were to run and were not."""
    held = {run.logical_date for run in unmade}
    for state in ("failed", "running", "queued", ""):
        if days := [run.date for run in runs if run.state == state and run.logical_date not in held]:
            out.say(f"{state or 'no run':<8} {dates.format_days(days)}")
    if held:
        out.say(f"not run  {dates.format_days(run.date for run in unmade)}")


def show_causes(out: "Output", causes: Sequence[Cause]) -> None:
    """Talk: what the failed dates have in common, and of each cause the end of a log."""
    number = sum(len(cause.days) for cause in causes)
    for cause in causes:
        whole = len(causes) == 1 and number > 1
        out.say(f"{f'all {number}' if whole else dates.format_days(cause.days)}: {_why(cause)}")
    for cause in [cause for cause in causes if cause.log][:LOGS]:
        lines = cause.log.splitlines()[-(LOG_TAIL if len(causes) == 1 else SHORT) :]
        out.log_end(f"{cause.task_id}, {cause.days[0]}", "\n".join(lines))


def _why(cause: Cause) -> str:
    if not cause.task_id:
        return "the run failed, and no task of it did"
    unread = len(cause.days) - cause.read
    read = f" ({cause.read} of {len(cause.days)} logs were read)" if unread and cause.read else ""
    error = cause.error.replace(DATE, str(cause.days[0])) if len(cause.days) == 1 else cause.error
    return f"task {cause.task_id}" + (f": {error}{read}" if error else "")


def data(
    plan: BackfillPlan, runs: Sequence[PlannedRun], *, backfill_id: int | str | None = None, seconds: float = 0.0
) -> dict[str, Any]:
    """As the contract has it. `skipped`: dates without a run."""
    states, actions = [run.state for run in runs], [run.action for run in runs]
    counts = {"total": len(runs)} | {action: actions.count(RunAction(action)) for action in ("new", "again", "kept")}
    counts |= {state: states.count(RunState(state)) for state in ("success", "failed", "running", "queued")}
    return {
        "dag_id": plan.dag.dag_id,
        "from": plan.start.isoformat(),
        "to": plan.end.isoformat(),
        "timezone": plan.dag.timezone,
        "engine": plan.engine,
        "backfill_id": backfill_id,
        "counts": counts | {"skipped": sum(not run.state and run.action == "kept" for run in runs)},
        "runs": [run_data(run) for run in runs],
        "seconds": round(seconds, 3),
    }


def run_data(run: PlannedRun) -> dict[str, Any]:
    return {
        "date": run.date.isoformat(),
        "logical_date": run.logical_date.isoformat(),
        "ds": run.ds,
        "action": run.action,
        "state": run.state or None,
        "run_id": run.run_id or None,
    }
