"""The progress of a backfill: a live display on a terminal, or plain lines."""

import re
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.result import Message
from mlopsctl.core.text import duration
from mlopsctl.operations.backfill.execution.progress import Progress

if TYPE_CHECKING:
    from rich.console import RenderableType

HEARTBEAT, SELDOM = 10.0, 60.0  # seconds without a line in a log, at first and later
WIDTH = 75  # columns for the DAG, the bar and the numbers


def follow(
    out: Output, dag_id: str, steps: Generator[Progress, None, None]
) -> tuple[Progress | None, MlopsctlError | KeyboardInterrupt | None]:
    """Show each progress. Returns the last, if there was any, and what ended it early, if anything did."""
    last: Progress | None = None
    try:
        with closing(steps):  # at once after Ctrl-C, so that nothing more is submitted
            for step in _live(out, dag_id, steps) if out.live else _lines(out, steps):
                last = step
    except (MlopsctlError, KeyboardInterrupt) as e:
        return last, e
    return last, None


def _lines(out: Output, steps: Iterator[Progress]) -> Iterator[Progress]:
    """A line at every tenth, for every new message, and after long silence."""
    tenth, last_line, shown, silence = 0, 0.0, "", HEARTBEAT
    for step in steps:
        done, total = _done(step)
        now = done * 10 // max(total, 1)
        message = re.sub(r"\d+ s", "", step.message.text) if step.message else ""  # its seconds are not new
        news = now > tenth or message != shown
        if news or step.seconds - last_line > silence:
            out.say("  ".join([progress_line(step), *message_lines(out, step.message)]))
            last_line, silence = step.seconds, HEARTBEAT if news else min(silence * 2, SELDOM)
        tenth, shown = max(now, tenth), message
        yield step


def _live(out: Output, dag_id: str, steps: Iterator[Progress]) -> Iterator[Progress]:
    from rich.live import Live

    shown: list[tuple[Progress, float]] = []

    def now() -> "RenderableType":
        """The last progress; its clock runs on while Airflow takes its time to answer."""
        if not shown:
            return ""
        step, since = shown[-1]
        return picture(out, dag_id, replace(step, seconds=step.seconds + time.monotonic() - since))

    with Live(get_renderable=now, console=out.talk, refresh_per_second=8, transient=True):
        for step in steps:
            shown[:] = [(step, time.monotonic())]
            yield step


def picture(out: Output, dag_id: str, step: Progress) -> "RenderableType":
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    done, total = _done(step)
    grid = Table.grid(padding=(0, 2))
    fraction = _fraction(step)
    width = min(max(WIDTH - len(dag_id) - len(fraction), 10), 40)
    grid.add_row(Text(dag_id, "bold"), ProgressBar(total=max(total, 1), completed=done, width=width), fraction)
    lines = [Text(_states(step), "red" if step.counts.failed else ""), Text(_rates(step), "dim")]
    if step.chunk:
        lines.append(Text(f"chunk {step.chunk}", "dim"))
    return Group(grid, *lines, *(Text(line, "yellow") for line in message_lines(out, step.message)))


def message_lines(out: Output, message: Message | None) -> list[str]:
    if not message:
        return []
    return [message.text, *([f"hint: {message.hint.text(out.program)}"] if message.hint else [])]


def progress_line(step: Progress) -> str:
    """`87/217 tasks, 12/31 runs  10 done, 2 failed, 16 running, 3 queued  4.2 s, 6 s left`."""
    return f"{_fraction(step)}  {_states(step)}  {_time(step)}"


def _done(step: Progress) -> tuple[int, int]:
    """Of tasks if their number is known, else of runs."""
    return (step.tasks.done, step.tasks.total) if step.tasks.total else (step.counts.done, step.counts.total)


def _fraction(step: Progress) -> str:
    tasks = f"{step.tasks.done}/{step.tasks.total} tasks, " if step.tasks.total else ""
    return f"{tasks}{step.counts.done}/{step.counts.total} runs"


def _states(step: Progress) -> str:
    counts = step.counts
    parts = [f"{counts.success} done", f"{counts.failed} failed", f"{counts.running} running"]
    parts += [f"{step.tasks.retrying} up for retry"] if step.tasks.retrying else []
    parts += [f"{counts.queued} queued", *([f"{counts.waiting} not created yet"] if counts.waiting else [])]
    return ", ".join(parts)


def _rates(step: Progress) -> str:
    """`4.2 s, 6 s left; 24 runs a minute; slowest task: load, 3.1 s`."""
    parts = [_time(step)]
    parts += [f"{step.rate:.0f} runs a minute"] if step.rate else []
    parts += [f"slowest task: {step.tasks.slowest}, {duration(step.tasks.seconds)}"] if step.tasks.slowest else []
    return "; ".join(parts)


def _time(step: Progress) -> str:
    return duration(step.seconds) + (f", {duration(step.eta)} left" if step.eta else "")
