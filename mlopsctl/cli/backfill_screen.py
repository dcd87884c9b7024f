"""What a backfill shows: the plan, the progress, the end; in words, and as the contract's JSON."""

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlopsctl import dates
from mlopsctl.cli.output import duration
from mlopsctl.model import PlannedRun
from mlopsctl.operations.backfill import Progress
from mlopsctl.operations.plan_backfill import BackfillPlan
from mlopsctl.operations.watch_backfill import Counts

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mlopsctl.cli.output import Output

HEARTBEAT = 10.0  # seconds of silence in a log
ROWS = 20  # so many runs are listed one by one, a screenful; more by month


def summary(plan: BackfillPlan) -> str:
    """`31 runs: 20 new, 6 failed → again, 5 done → kept`."""
    again = [run.state for run in plan.runs if run.action == "again"]
    kept = [run.state for run in plan.runs if run.action == "kept"]
    moving = kept.count("queued") + kept.count("running")
    parts = [
        (len(plan.of("new")), "new"),
        (again.count("failed"), "failed → again"),
        (again.count("success"), "done → again"),
        (kept.count("success"), "done → kept"),
        (moving, "under way → awaited"),
        (kept.count("failed"), "failed → kept"),
        (kept.count(""), "missing → left out"),
    ]
    words = ", ".join(f"{number} {what}" for number, what in parts if number)
    return f"{len(plan.runs)} run{'s' * (len(plan.runs) != 1)}: {words}"


def show_plan(out: "Output", plan: BackfillPlan) -> None:
    """Talk: what will be done, and what should be known before."""
    out.say(f"{plan.dag.dag_id}: {summary(plan)}")
    zone = dates.zone(plan.dag.timezone)
    for name, run in (("first", plan.runs[0]), ("last", plan.runs[-1])):
        at = run.logical_date.astimezone(zone)
        out.say(f"  {name:<5} {at:%Y-%m-%d %H:%M} {plan.dag.timezone}   ds {run.ds}")
    for warning in plan.warnings():
        out.warn(warning)


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
    parts: list[RenderableType] = [grid, Text(_words(counts) + _time(step), "red" if counts.failed else "")]
    if step.message:
        parts.append(Text(step.message, "yellow"))
    return Group(*parts)


def progress_line(step: Progress) -> str:
    """`12/31  10 done, 2 failed, 16 running, 3 queued  4.2 s, 6 s left`."""
    return f"{step.counts.done}/{step.counts.total}  {_words(step.counts)}{_time(step)}"


def _words(counts: Counts) -> str:
    waiting = f", {counts.waiting} to be made" if counts.waiting else ""
    return f"{counts.success} done, {counts.failed} failed, {counts.running} running, {counts.queued} queued{waiting}"


def _time(step: Progress) -> str:
    return f"  {duration(step.seconds)}" + (f", {duration(step.eta)} left" if step.eta else "")


def show_table(out: "Output", runs: Sequence[PlannedRun]) -> None:
    """Data: each run, or, of many, each month."""
    if len(runs) <= ROWS:
        columns = ("DATE", "LOGICAL DATE (UTC)", "DS", "ACTION", "STATE")
        rows = [(r.date, f"{r.logical_date:%Y-%m-%d %H:%M}", r.ds, r.action, r.state or "no run") for r in runs]
        out.table(columns, rows)
    else:
        out.table(("MONTH", "RUNS", "SUCCESS", "FAILED", "OTHER"), list(_months(runs)))


def _months(runs: Iterable[PlannedRun]) -> Iterator[tuple[object, ...]]:
    months: dict[str, list[str]] = {}
    for run in runs:
        months.setdefault(f"{run.date:%Y-%m}", []).append(run.state)
    for month, states in months.items():
        done, failed = states.count("success"), states.count("failed")
        yield month, len(states), done, failed, len(states) - done - failed


def show_dates(out: "Output", runs: Sequence[PlannedRun]) -> None:
    """Talk: the dates that are no success, by state."""
    for state in ("failed", "running", "queued", ""):
        if days := [run.date for run in runs if run.state == state]:
            out.say(f"{state or 'no run':<8} {dates.fold(days)}")


def data(
    plan: BackfillPlan, runs: Sequence[PlannedRun], *, backfill_id: int | str | None = None, seconds: float = 0.0
) -> dict[str, Any]:
    """As the contract has it. `skipped`: dates without a run."""
    states, actions = [run.state for run in runs], [run.action for run in runs]
    counts = {"total": len(runs)} | {action: actions.count(action) for action in ("new", "again", "kept")}
    counts |= {state: states.count(state) for state in ("success", "failed", "running", "queued")}
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
