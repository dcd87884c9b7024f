"""mlopsctl runs."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common import calendar, completion
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import json_option, option, pass_app

if TYPE_CHECKING:
    from mlopsctl.operations.runs import Calendar

ROWS = 20  # so many runs are listed one by one, a screenful; more as a calendar
WORST = ("failed", "running", "queued", "success")  # of several runs a day, the calendar shows this one first


@click.command()
@click.argument("dag_id", metavar="DAG", shell_complete=completion.dags)
@option(
    "--from", "start", metavar="D", envvar="MLOPSCTL_RUNS_FROM", help="The first day [default: the newest 30 runs]."
)
@option("--to", "end", metavar="D", envvar="MLOPSCTL_RUNS_TO", help="The last day, inclusive.")
@json_option
@pass_app
def runs(app: App, dag_id: str, start: str | None, end: str | None) -> None:
    """Show the runs of DAG by date, with their states and durations."""
    from mlopsctl.core.text import duration
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
    from mlopsctl.core import dates
    from mlopsctl.core.text import duration

    states: dict[date, list[str]] = {}
    for run in found.runs:
        if day := found.day(run):
            states.setdefault(day, []).append(run.state)
    if not states:  # runs by hand without a logical date
        return
    months = {(day.year, day.month) for day in states}
    shown = [day for day in dates.days(*dates.whole_months(states)) if (day.year, day.month) in months]
    calendar.show(app.out, {day: _mark(states.get(day, [])) for day in shown}, gap="no run")
    times = [run.seconds for run in found.runs if run.seconds is not None]
    numbers = Counter(run.state for run in found.runs)
    words = ", ".join(f"{number} {state}" for state, number in numbers.most_common())
    app.out.text(f"{words}" + (f"; a run takes {duration(sum(times) / len(times))}" if times else ""))


def _mark(states: list[str]) -> tuple[str, str]:
    """The mark of a day and its style."""
    worst = next((state for state in WORST if state in states), "")
    return calendar.RUNS.get(worst, ("·", "dim"))


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
