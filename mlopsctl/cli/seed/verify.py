"""mlopsctl seed verify."""

import time
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import json_option, pass_app, range_options
from mlopsctl.cli._common.output import Output
from mlopsctl.cli.seed.range import parse_open_range
from mlopsctl.core.result import Message, Result
from mlopsctl.core.states import Status, StepState
from mlopsctl.core.steps import Step
from mlopsctl.core.text import duration

if TYPE_CHECKING:
    from mlopsctl.operations.seed.verify import MonthCheck
    from mlopsctl.operations.seed.verify_report import VerifyReport

SHOWN_DAYS = 20  # of those that differ


@click.command()
@range_options("the first existing day", "the last existing day")
@json_option
@pass_app
def verify(app: App, from_: str | None, to: str | None) -> int:
    """Compare the rows with those that seed generates.

    Lists the days that differ. The checksum of a month is the same on every machine. Exit code 1 if a day differs or is
    missing.
    """
    from mlopsctl.operations.seed import verify as operation
    from mlopsctl.operations.seed.verify_report import VerifyReport

    app.need_setup()
    began = time.monotonic()
    checks: list[MonthCheck] = []
    with app.lock():  # rows that are being written would differ
        found = operation.verify(app.features, *parse_open_range(app, from_, to))
        app.out.steps(_collect(found, checks, began))
    report, seconds = VerifyReport(checks), time.monotonic() - began
    error = report.error()
    result = Result(
        {"months": report.data(), "seconds": round(seconds, 3)},
        Status.ERROR if error else Status.OK,
        () if error else (Message(f"all {report.days} days are as seed generates them  {duration(seconds)}"),),
        (error,) if error else (),
    )
    return app.render(result, partial(show, report=report))


def _collect(found: "Iterator[MonthCheck]", checks: "list[MonthCheck]", began: float) -> Iterator[Step]:
    """Add each check to `checks`, with progress."""
    for check in found:
        checks.append(check)
        yield Step("verify", StepState.RUNNING, f"{check.month} {check.table}", time.monotonic() - began)


def show(out: Output, report: "VerifyReport") -> None:
    out.table(
        ("MONTH", "       ROWS", "CHECKSUM", "RESULT"),
        [
            (month, f"{sum(check.rows for check in checks):>11,}", _checksum(checks), _result(checks))
            for month, checks in report.months().items()
        ],
    )
    differ, missing = report.differ(), report.missing()
    rows = [
        (day, _tables(differ.get(day, []), report), _tables(missing.get(day, []), report))
        for day in sorted({*differ, *missing})
    ]
    if rows:
        out.text("")
        out.table(("DAY", "OTHER ROWS IN", "NO ROWS IN"), rows[:SHOWN_DAYS])
    if len(rows) > SHOWN_DAYS:
        out.text(f"… and {len(rows) - SHOWN_DAYS} more")


def _checksum(checks: "list[MonthCheck]") -> str:
    """The sum over all tables."""
    return f"{sum(int(check.checksum, 16) for check in checks) % 2**64:016x}"


def _result(checks: "list[MonthCheck]") -> str:
    differ = len({day for check in checks for day in check.differ})
    missing = len({day for check in checks for day in check.missing})
    parts = [f"{differ} differ"] * bool(differ) + [f"{missing} missing"] * bool(missing)
    return ", ".join(parts) or "ok"


def _tables(names: list[str], report: "VerifyReport") -> str:
    if len(names) == len(report.tables):
        return "every table"
    return ", ".join(name.rpartition(".")[2] for name in names)
