"""mlopsctl seed, and what belongs to it: status, verify, reset."""

import time
from collections import Counter
from contextlib import nullcontext
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from mlopsctl import dates
from mlopsctl.cli.app import App
from mlopsctl.cli.options import dry_run_option, json_option, option, pass_app, range_options, share, whole, yes_option

if TYPE_CHECKING:
    from mlopsctl.model import SeedReport
    from mlopsctl.operations.seed_world import Wish

MARKS = {"complete": ("✓", "green"), "damaged": ("!", "red"), "foreign": ("?", "yellow"), "missing": ("✗", "red")}
MEANINGS = {
    "complete": "complete",
    "damaged": "rows are gone",
    "foreign": "not from seed",
    "missing": "missing",
}


@click.group(invoke_without_command=True)
@range_options("MLOPSCTL_SEED", "the home's setting, 2023-06-01", "the home's setting, 2025-12-31")
@option("--scale", callback=whole, metavar="N", help="Customers and applicants, in multiples of the course's size.")
@option("--seed", callback=whole, metavar="N", help="Of the dice: another number, another world.")
@option("--drift", metavar="DATE", help="From this day on loans default more often and incomes are lower; or `none`.")
@option("--dirt", callback=share, metavar="P", help="Share of faulty applications, recorded in mlops_meta.seed_faults.")
@option("--force", is_flag=True, help="Rewrite the reference period, 2023-06-01 … 2023-11-30, too.")
@dry_run_option
@yes_option
@json_option
@pass_app
@click.pass_context
def seed(ctx: click.Context, app: App, /, *, dry_run: bool, yes: bool, force: bool, **said: Any) -> int:
    """Fill the feature store with exam data: the days of the range that are not there yet.

    The data of a day are the same on every machine and for every range. Days that are complete are left alone, so
    the same command, said again, is the resume. What is not said stays as the days that are there have it: scale, seed
    and drift go on in the days that are added.
    """
    if ctx.invoked_subcommand:
        return 0
    from mlopsctl.operations import seed as operation

    app.need_setup()
    start, end = _range(app, said["from_"] or app.settings.seed_from, said["to"] or app.settings.seed_to)
    wish, began = _wish(app, said), time.monotonic()
    with nullcontext() if dry_run else app.lock():
        plan = operation.plan(app.features, start, end, wish, force=force)
        return app.show(
            plan,
            lambda: operation.run(app.features, start, end, wish, replace=True, force=force),
            data=lambda _: _data(operation.read(app.features, start, end), began),
            dry_run=dry_run,
            yes=yes,
        )


def _wish(app: App, said: dict[str, Any]) -> "Wish":
    from mlopsctl.operations.seed_world import NEVER, Wish

    today = dates.today_in(app.settings.timezone)
    drift = said["drift"]
    day = NEVER if drift == "none" else dates.parse_day(drift, today=today) if drift else None
    return Wish(said["seed"], said["scale"], day, said["dirt"], default_scale=app.settings.seed_scale)


@seed.command()
@range_options("MLOPSCTL_SEED_STATUS", "the first that was seeded", "the last that was seeded")
@json_option
@pass_app
def status(app: App, from_: str | None, to: str | None) -> None:
    """Show the rows of each table, and a calendar of the days."""
    from mlopsctl.operations import seed as operation

    app.need_setup()
    began = time.monotonic()
    report = operation.read(app.features, *_open_range(app, from_, to))
    _show(app, report)
    app.out.envelope(app.command, "ok", _data(report, began))


def _show(app: App, report: "SeedReport") -> None:
    from mlopsctl.cli import calendar
    from mlopsctl.operations.seed_world import described

    worlds = f", {described(report.worlds)}" if report.worlds else ""
    app.out.text(f"{report.days} of {len(report.states)} days, {report.start} … {report.end}{worlds}")
    app.out.table(("TABLE", "       ROWS"), [(table, f"{rows:>11,}") for table, rows in report.rows.items()])
    app.out.text("")
    calendar.show(app.out, {day: MARKS[state] for day, state in report.states.items()})
    for state, number in Counter(report.states.values()).items():
        app.out.text(f"{MARKS[state][0]} {MEANINGS[state]}: {number}")


@seed.command()
@range_options("MLOPSCTL_SEED_VERIFY", "the first that was seeded", "the last that was seeded")
@json_option
@pass_app
def verify(app: App, from_: str | None, to: str | None) -> int:
    """Make the rows again and compare their checksums with those that are there; name the days that differ.

    A month's checksum is the same on every machine. Exit 1 where a day differs or is missing.
    """
    from mlopsctl.cli import seed_verify
    from mlopsctl.operations import seed_verify as operation

    app.need_setup()
    began = time.monotonic()
    found = operation.verify(app.features, *_open_range(app, from_, to))
    return seed_verify.show(app, found, began)


@seed.command()
@range_options("MLOPSCTL_SEED_RESET", "the first that was seeded", "the last that was seeded")
@dry_run_option
@yes_option
@json_option
@pass_app
def reset(app: App, from_: str | None, to: str | None, dry_run: bool, yes: bool) -> int:
    """Empty the days that were seeded; rows that never came from seed and all other tables stay."""
    from mlopsctl.operations import seed, seed_reset

    app.need_setup()
    range_, began = _open_range(app, from_, to), time.monotonic()
    with nullcontext() if dry_run else app.lock():
        return app.show(
            seed_reset.plan(app.features, *range_),
            lambda: seed_reset.run(app.features, *range_),
            data=lambda _: _data(seed.read(app.features, *range_), began),
            dry_run=dry_run,
            yes=yes,
        )


def _open_range(app: App, start: str | None, end: str | None) -> tuple[date | None, date | None]:
    return dates.parse_open_range(start, end, today=dates.today_in(app.settings.timezone))


def _range(app: App, start: str, end: str) -> tuple[date, date]:
    return dates.parse_range(start, end, today=dates.today_in(app.settings.timezone), future=True)


def _data(report: "SeedReport", began: float) -> dict[str, Any]:
    return {
        "from": str(report.start),
        "to": str(report.end),
        "days": report.days,
        "scale": report.scale,
        "rows": report.rows,
        "seconds": round(time.monotonic() - began, 3),
    }
