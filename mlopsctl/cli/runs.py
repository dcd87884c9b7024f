"""mlopsctl runs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common import calendar, completion
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import json_option, pass_app
from mlopsctl.cli._common.output import Output
from mlopsctl.core.result import Message, Result
from mlopsctl.core.states import RunState

if TYPE_CHECKING:
    from mlopsctl.operations.runs import RunCalendar

MAX_ROWS = 20  # more runs are shown as a calendar
# Of several runs on a day, the calendar shows the first of these states.
PRIORITY = (RunState.FAILED, RunState.RUNNING, RunState.QUEUED, RunState.SUCCESS)


@click.command()
@click.argument("dag_id", metavar="DAG", shell_complete=completion.dags)
@click.option("--from", "start", metavar="D", help="First day [default: the newest 30 runs].")
@click.option("--to", "end", metavar="D", help="Last day, inclusive.")
@json_option
@pass_app
def runs(app: App, dag_id: str, start: str | None, end: str | None) -> int:
    """Show the runs of DAG by date, with their states and durations."""
    from mlopsctl.operations import runs as operation

    found = operation.read(app.api, dag_id, start, end)
    none = Message(f"{dag_id} has no runs {'in that range' if start or end else 'yet'}")
    result = Result({"dag_id": dag_id, "runs": list(_data(found))}, messages=() if found.runs else (none,))
    return app.render(result, lambda out: _show(out, found))


def _show(out: Output, found: "RunCalendar") -> None:
    from mlopsctl.core.text import duration

    if len(found.runs) > MAX_ROWS:
        _show_calendar(out, found)
    elif found.runs:
        rows = [(found.day(r), r.state, "" if r.seconds is None else duration(r.seconds), r.run_id) for r in found.runs]
        out.table(("DATE", "STATE", "TIME", "RUN"), rows)


def _show_calendar(out: Output, found: "RunCalendar") -> None:
    from mlopsctl.core import dates
    from mlopsctl.core.text import duration

    states: dict[date, list[RunState]] = {}
    for run in found.runs:
        if day := found.day(run):
            states.setdefault(day, []).append(run.state)
    if not states:  # only manual runs without a logical date
        return
    months = {(day.year, day.month) for day in states}
    shown = [day for day in dates.days(*dates.full_months(states)) if (day.year, day.month) in months]
    calendar.show(out, {day: _mark(states.get(day, ())) for day in shown}, gap="no runs")
    times = [run.seconds for run in found.runs if run.seconds is not None]
    numbers = Counter(run.state for run in found.runs)
    summary = ", ".join(f"{number} {state}" for state, number in numbers.most_common())
    out.text(f"{summary}; average duration {duration(sum(times) / len(times))}" if times else summary)


def _mark(states: Sequence[RunState]) -> calendar.Mark:
    """The mark of a day and its style."""
    shown = next((state for state in PRIORITY if state in states), RunState.NONE)
    return calendar.RUN_MARKS.get(shown, ("·", "dim"))


def _data(found: "RunCalendar") -> Iterator[dict[str, Any]]:
    for run in found.runs:
        day = found.day(run)
        yield {
            "date": day.isoformat() if day else None,
            "logical_date": run.logical_date.isoformat() if run.logical_date else None,
            "run_id": run.run_id,
            "state": run.state,
            "seconds": None if run.seconds is None else round(run.seconds, 3),
        }
