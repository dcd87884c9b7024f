"""mlopsctl seed status."""

import time
from collections import Counter
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import click

from mlopsctl.cli._common import calendar
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import json_option, pass_app, range_options
from mlopsctl.cli._common.output import Output
from mlopsctl.cli.seed.range import CHECKING, parse_open_range
from mlopsctl.core.result import Result
from mlopsctl.core.states import DayState

if TYPE_CHECKING:
    from mlopsctl.operations.seed.report import SeedReport

SHOWN_MONTHS = 12
MARKS = {
    DayState.COMPLETE: ("✓", "green"),
    DayState.DAMAGED: ("!", "red"),
    DayState.FOREIGN: ("?", "yellow"),
    DayState.MISSING: ("✗", "red"),
}
LEGEND = {
    DayState.COMPLETE: "complete",
    DayState.DAMAGED: "rows missing",
    DayState.FOREIGN: "not from seed",
    DayState.MISSING: "missing",
}


@click.command()
@range_options("the first existing day", "the last existing day")
@click.option("--all", "all_months", is_flag=True, help="Show every month.")
@json_option
@pass_app
def status(app: App, from_: str | None, to: str | None, all_months: bool) -> int:
    """Show which days exist, and the rows per table.

    The calendar shows the last year, and earlier months with a problem. The rows of cust_info and family_info are those
    that seed wrote; `mlopsctl seed verify` reads them.
    """
    from mlopsctl.operations.seed import report as operation

    app.need_setup()
    began = time.monotonic()
    with app.out.busy(CHECKING):
        report = operation.read(app.features, *parse_open_range(app, from_, to))
    data = operation.data(report, time.monotonic() - began)
    return app.render(Result(data), partial(show, report=report, all_months=all_months))


def show(out: Output, report: "SeedReport", *, all_months: bool) -> None:
    counts = Counter(report.states.values())
    out.text(f"{counts[DayState.COMPLETE]} of {len(report.states)} days are complete, {report.start} … {report.end}")
    for profile, days in report.profiles.items():
        out.text(f"  {len(days):>5}  {days[0]} … {days[-1]}  {profile}")
    out.table(("TABLE", "       ROWS"), [(table, f"{rows:>11,}") for table, rows in report.rows.items()])
    out.text("")
    shown = report.states if all_months else _shown_days(report.states)
    calendar.show(out, {day: MARKS[state] for day, state in shown.items()})
    if hidden := len(report.states) - len(shown):
        out.text(f"{hidden} earlier days are complete; --all shows them")
    out.text(", ".join(f"{MARKS[state][0]} {LEGEND[state]}: {number}" for state, number in counts.items()))


def _shown_days(states: dict[date, DayState]) -> dict[date, DayState]:
    """The days of the last months, and of earlier months with a day that is not complete."""
    months = list(dict.fromkeys(day.replace(day=1) for day in states))
    shown = {day.replace(day=1) for day, state in states.items() if state != DayState.COMPLETE}
    shown.update(months[-SHOWN_MONTHS:])
    return {day: state for day, state in states.items() if day.replace(day=1) in shown}
