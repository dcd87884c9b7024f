"""mlopsctl coverage."""

from typing import TYPE_CHECKING

import click

from mlopsctl.cli._common import completion
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import json_option, option, pass_app
from mlopsctl.core.errors import MlopsctlError

if TYPE_CHECKING:
    from datetime import date

    from mlopsctl.cli._common.calendar import Mark
    from mlopsctl.operations.coverage import Coverage

LEVELS = "▁▂▃▄▅▆▇█"
HOLE = ("✗", "red")


@click.command()
@click.argument("name", metavar="TABLE|DAG", shell_complete=completion.dags)
@option("--from", "start", metavar="D", envvar="MLOPSCTL_COVERAGE_FROM", help="First day [default: the table's].")
@option("--to", "end", metavar="D", envvar="MLOPSCTL_COVERAGE_TO", help="Last day, inclusive [default: the table's].")
@option("--column", metavar="C", default="", help="The column that holds the day [default: base_dt or the like].")
@json_option
@pass_app
def coverage(app: App, name: str, start: str | None, end: str | None, column: str) -> None:
    """Show how many rows a TABLE, or the table that a DAG fills, has on each date, and the dates that have none.

    A bar is as high as the day's rows, beside the fullest day. Of cust_info and family_info, where they have millions
    of rows, it shows what seed wrote; `mlopsctl seed verify` looks at each row.
    """
    from mlopsctl.core import dates

    app.need_setup()
    found = _read_range(app, name, column, start, end, dates.today_in(app.settings.timezone))
    _show(app, found)
    data = {
        "table": found.table,
        "column": found.column,
        "from": str(found.start),
        "to": str(found.end),
        "dates": [{"date": str(day), "rows": rows} for day, rows in found.rows.items()],
        "missing": [str(day) for day in found.missing],
    }
    app.out.envelope(app.command, "ok", data)


def _read_range(app: App, name: str, column: str, start: str | None, end: str | None, today: "date") -> "Coverage":
    """Days to come are no holes; but where the table has rows on some, as seed may write them, all are told."""
    from mlopsctl.core import dates

    try:
        found = _read(app, name, column, *dates.parse_open_range(start, end, today=today))
    except MlopsctlError as e:
        if e.code == "no-rows":
            dates.parse_open_range(start, end, today=today, future=False)
        raise
    if found.last and found.last > today:
        return found
    _, last = dates.parse_open_range(start, end, today=today, future=False)
    return found.until(last) if last else found


def _read(app: App, name: str, column: str, start: "date | None" = None, end: "date | None" = None) -> "Coverage":
    """Raises UsageError, also for a DAG of which nobody has said which table it fills; MlopsctlError."""
    from mlopsctl.operations import coverage as operation

    table, usual = app.settings.filled_by(name) or (name, "")
    with app.out.busy(f"counting the rows of {table}"):
        try:
            return operation.read(app.features, table, column or usual, start, end)
        except operation.NoTable:
            if table == name and _is_dag(app, name):
                raise operation.no_output_table(app.settings, name) from None
            raise


def _is_dag(app: App, name: str) -> bool:
    """Whether Airflow knows a DAG of that name. Where it cannot be asked, nobody can tell, and it is taken for none."""
    try:
        app.api.dag(name)
    except MlopsctlError:
        return False
    return True


def _show(app: App, found: "Coverage") -> None:
    from mlopsctl.cli._common import calendar
    from mlopsctl.core import dates

    filled = len(found.rows) - len(found.missing)
    days = f"{len(found.rows)} day{'s' * (len(found.rows) != 1)}"
    app.out.text(f"{found.table} by {found.column}: {sum(found.rows.values()):,} rows on {filled} of {days}")
    most = max(found.rows.values())
    calendar.show(app.out, {day: _mark(rows, most) for day, rows in found.rows.items()}, found.rows)
    if found.missing:
        app.out.text(f"✗ no row on {len(found.missing)}: {dates.fold(found.missing)}")
    if found.undated:
        app.out.text(f"left out, for their {found.column} is no day: {found.undated:,} row{'s' * (found.undated != 1)}")


def _mark(rows: int, most: int) -> "Mark":
    return (LEVELS[(len(LEVELS) * rows - 1) // most], "green") if rows else HOLE
