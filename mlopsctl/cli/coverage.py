"""mlopsctl coverage."""

from typing import TYPE_CHECKING

import click

from mlopsctl.cli._common import completion
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import json_option, pass_app
from mlopsctl.cli._common.output import Output
from mlopsctl.core.result import Result
from mlopsctl.core.text import plural

if TYPE_CHECKING:
    from datetime import date

    from mlopsctl.cli._common.calendar import Mark
    from mlopsctl.operations.coverage import Coverage

LEVELS = "▁▂▃▄▅▆▇█"
MISSING = ("✗", "red")


@click.command()
@click.argument("name", metavar="TABLE|DAG", shell_complete=completion.dags)
@click.option("--from", "start", metavar="D", help="First day [default: the table's].")
@click.option("--to", "end", metavar="D", help="Last day, inclusive [default: the table's].")
@click.option("--column", metavar="C", default="", help="Column with the date [default: base_dt or similar].")
@json_option
@pass_app
def coverage(app: App, name: str, start: str | None, end: str | None, column: str) -> int:
    """Show how many rows TABLE, or the output table of DAG, has on each date, and which dates have none.

    The height of a bar is relative to the date with the most rows. For cust_info and family_info with millions of rows,
    the numbers are those that seed recorded; `mlopsctl seed verify` checks the rows themselves.
    """
    from mlopsctl.core import dates
    from mlopsctl.operations.coverage import read_range

    app.need_setup()
    found = read_range(lambda *days: _read(app, name, column, *days), start, end, dates.today_in(app.settings.timezone))
    data = {
        "table": found.table,
        "column": found.column,
        "from": str(found.start),
        "to": str(found.end),
        "dates": [{"date": str(day), "rows": rows} for day, rows in found.rows.items()],
        "missing": [str(day) for day in found.missing],
    }
    return app.render(Result(data), lambda out: _show(out, found))


def _read(app: App, name: str, column: str, start: "date | None" = None, end: "date | None" = None) -> "Coverage":
    from mlopsctl.operations import coverage as operation
    from mlopsctl.operations.feature_tables import NoTable

    table, default_column = app.settings.output_table(name) or (name, "")
    with app.out.busy(f"counting the rows of {table}"):
        try:
            return operation.read(app.features, table, column or default_column, start, end)
        except NoTable:
            if table == name:
                operation.check_is_not_dag(name, app.settings, app.api)
            raise


def _show(out: Output, found: "Coverage") -> None:
    from mlopsctl.cli._common import calendar
    from mlopsctl.core import dates

    with_rows = len(found.rows) - len(found.missing)
    total = sum(found.rows.values())
    out.text(f"{found.table} by {found.column}: {total:,} rows on {with_rows} of {plural(len(found.rows), 'day')}")
    most = max(found.rows.values())
    calendar.show(out, {day: _mark(rows, most) for day, rows in found.rows.items()}, found.rows)
    if found.missing:
        out.text(f"✗ no rows on {plural(len(found.missing), 'day')}: {dates.format_days(found.missing)}")
    if found.undated:
        rows = f"{found.undated:,} row{'s' * (found.undated != 1)}"
        out.text(f"not counted: {rows} without a valid date in {found.column}")


def _mark(rows: int, most: int) -> "Mark":
    return (LEVELS[(len(LEVELS) * rows - 1) // most], "green") if rows else MISSING
