"""mlopsctl runs."""

import calendar
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli.app import App
from mlopsctl.cli.options import json_option, option, pass_app

if TYPE_CHECKING:
    from mlopsctl.operations.runs import Calendar

ROWS = 20  # so many runs are listed one by one, a screenful; more as a calendar
MARKS = {"success": ("✓", "green"), "failed": ("✗", "red"), "running": ("▶", "cyan"), "queued": ("…", "yellow")}
LABELS = (1, 5, 10, 15, 20, 25, 30)  # the days that the calendar's head names
WORST = ("failed", "running", "queued", "success")  # of several runs a day, the calendar shows this one first


@click.command()
@click.argument("dag_id", metavar="DAG")
@option(
    "--from", "start", metavar="D", envvar="MLOPSCTL_RUNS_FROM", help="The first day [default: the newest 30 runs]."
)
@option("--to", "end", metavar="D", envvar="MLOPSCTL_RUNS_TO", help="The last day, inclusive.")
@json_option
@pass_app
def runs(app: App, dag_id: str, start: str | None, end: str | None) -> None:
    """Show the runs of DAG by date, with their states and durations."""
    from mlopsctl.cli.output import duration
    from mlopsctl.operations import runs as operation

    found = operation.read(app.api, dag_id, start, end)
    if not found.runs:
        app.out.say(f"{dag_id} has no run {'in that range' if start or end else 'yet'}")
    elif len(found.runs) <= ROWS:
        rows = [(found.day(r), r.state, "" if r.seconds is None else duration(r.seconds), r.run_id) for r in found.runs]
        app.out.table(("DATE", "STATE", "TIME", "RUN"), rows)
    else:
        _show_calendar(app, found)
    app.out.envelope(app.command, "ok", {"dag_id": dag_id, "runs": list(_data(found))})


def _show_calendar(app: App, found: "Calendar") -> None:
    """A month per row, a mark per day, within 80 columns."""
    from rich.text import Text

    from mlopsctl.cli.output import duration

    days: dict[date, list[str]] = {}
    for run in found.runs:
        if day := found.day(run):
            days.setdefault(day, []).append(run.state)
    if not days:  # runs by hand without a logical date
        return
    head = "".join(f"{n:<2}" if n in LABELS else "  " for n in range(1, 32))
    app.out.show(Text(f"MONTH    {head}", "bold"))
    months = [day.year * 12 + day.month - 1 for day in days]
    for year, month in (divmod(n, 12) for n in range(min(months), max(months) + 1)):
        length = calendar.monthrange(year, month + 1)[1]
        marks = (_mark(days.get(date(year, month + 1, n), [])) for n in range(1, length + 1))
        app.out.show(Text.assemble(f"{year}-{month + 1:02}  ", *marks))
    times = [run.seconds for run in found.runs if run.seconds is not None]
    states = Counter(run.state for run in found.runs)
    words = ", ".join(f"{number} {state}" for state, number in states.most_common())
    app.out.text(f"{words}" + (f"; a run takes {duration(sum(times) / len(times))}" if times else ""))


def _mark(states: list[str]) -> tuple[str, str]:
    """The mark of a day and its style."""
    worst = next((state for state in WORST if state in states), "")
    mark, colour = MARKS.get(worst, ("·", "dim"))
    return f"{mark} ", colour


def _data(found: "Calendar") -> Iterator[dict[str, Any]]:
    for run in found.runs:
        day = found.day(run)
        yield {
            "date": day.isoformat() if day else None,
            "logical_date": run.logical_date.isoformat() if run.logical_date else None,
            "run_id": run.run_id,
            "state": run.state,
            "seconds": None if run.seconds is None else round(run.seconds, 3),
        }
