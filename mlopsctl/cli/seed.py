"""mlopsctl seed, mlopsctl seed status."""

import time
from contextlib import nullcontext
from datetime import date
from typing import Any

import click

from mlopsctl import dates
from mlopsctl.cli.app import App
from mlopsctl.cli.options import dry_run_option, json_option, option, pass_app, yes_option
from mlopsctl.model import SeedReport


@click.group(invoke_without_command=True)
@option(
    "--from",
    "from_",
    envvar="MLOPSCTL_SEED_FROM",
    metavar="DATE",
    help="First day [default: the home's setting, 2023-06-01].",
)
@option("--to", metavar="DATE", help="Last day, inclusive [default: the home's setting, 2025-12-31].")
@option("--scale", type=int, help="Customers and applicants, in multiples of the course's size.")
@dry_run_option
@yes_option
@json_option
@pass_app
@click.pass_context
def seed(
    ctx: click.Context, app: App, from_: str | None, to: str | None, scale: int | None, dry_run: bool, yes: bool
) -> int:
    """Fill the feature store with exam data: the days of the range that are not there yet.

    The data of a day are the same on every machine and for every range. Days that are complete are left alone, so
    the same command, said again, is the resume.
    """
    if ctx.invoked_subcommand:
        return 0
    from mlopsctl.operations import seed as operation

    app.need_setup()
    start, end = _range(app, from_ or app.settings.seed_from, to or app.settings.seed_to)
    size = app.settings.seed_scale if scale is None else scale
    began = time.monotonic()
    with nullcontext() if dry_run else app.lock():
        plan = operation.plan(app.features, start, end, size)
        return app.show(
            plan,
            lambda: operation.run(app.features, start, end, size, replace=True),
            data=lambda _: _data(operation.read(app.features, start, end), size, time.monotonic() - began),
            dry_run=dry_run,
            yes=yes,
        )


@seed.command()
@option(
    "--from",
    "from_",
    envvar="MLOPSCTL_SEED_STATUS_FROM",
    metavar="DATE",
    help="First day [default: the first that was seeded].",
)
@option("--to", metavar="DATE", help="Last day, inclusive [default: the last that was seeded].")
@json_option
@pass_app
def status(app: App, from_: str | None, to: str | None) -> None:
    """Show the days and rows that are there."""
    from mlopsctl.operations import seed as operation

    app.need_setup()
    began = time.monotonic()
    start, end = _range(app, from_ or str(operation.FIRST), to or str(operation.LAST))
    report = operation.read(app.features, start if from_ else None, end if to else None)
    app.out.say(f"{report.days} days, {report.start} … {report.end}, scale {report.scale}")
    app.out.table(("TABLE", "ROWS"), [(table, f"{rows:,}") for table, rows in report.rows.items()])
    app.out.envelope("seed status", "ok", _data(report, report.scale, time.monotonic() - began))


def _range(app: App, start: str, end: str) -> tuple[date, date]:
    return dates.parse_range(start, end, today=dates.today_in(app.settings.timezone), future=True)


def _data(report: SeedReport, scale: int, seconds: float) -> dict[str, Any]:
    return {
        "from": str(report.start),
        "to": str(report.end),
        "days": report.days,
        "scale": scale,
        "rows": report.rows,
        "seconds": round(seconds, 3),
    }
