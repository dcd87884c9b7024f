"""mlopsctl seed, and what belongs to it: status, verify, reset."""

import time
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import (
    dry_run_option,
    integer,
    json_option,
    option,
    parts_per_million,
    pass_app,
    range_options,
    yes_option,
)
from mlopsctl.core import dates
from mlopsctl.core.errors import UsageError

if TYPE_CHECKING:
    from mlopsctl.operations.seed.generate import SeedReport
    from mlopsctl.operations.seed.profile import Wish

MARKS = {"complete": ("✓", "green"), "damaged": ("!", "red"), "foreign": ("?", "yellow"), "missing": ("✗", "red")}
LATEST = 12  # months
LOOKING = "looking which days are there"
MEANINGS = {
    "complete": "complete",
    "damaged": "rows are gone",
    "foreign": "not from seed",
    "missing": "missing",
}


@click.group(invoke_without_command=True)
@range_options("MLOPSCTL_SEED", "the home's setting, 2023-06-01", "the home's setting, 2025-12-31")
@option("--scale", callback=integer, metavar="N", help="Customers and applicants, in multiples of the course's size.")
@option("--seed", callback=integer, metavar="N", help="Of the dice: another number, another world.")
@option("--drift", metavar="DATE", help="From this day on loans default more often and incomes are lower; or `none`.")
@option(
    "--dirt",
    callback=parts_per_million,
    metavar="P",
    help="Share of faulty applications, recorded in mlops_meta.seed_faults.",
)
@option("--again", is_flag=True, help="Write the days of the range anew, as they were made; their rows are replaced.")
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
        return _nothing_said_before(ctx, ctx.invoked_subcommand)
    from mlopsctl.operations import seed as operation

    app.need_setup()
    start, end = _range(app, said["from_"] or app.settings.seed_from, said["to"] or app.settings.seed_to)
    wish, began = _wish(app, said), time.monotonic()
    with app.lock(dry_run):
        with app.out.busy(LOOKING):
            plan = operation.plan(app.features, start, end, wish, force=force)
        return app.show(
            plan,
            lambda: operation.run(app.features, start, end, wish, force=force),
            data=lambda steps: _data(operation.read(app.features, start, end), began) | {"steps": steps},
            dry_run=dry_run,
            yes=yes,
        )


def _nothing_said_before(ctx: click.Context, command: str) -> int:
    """`seed --dry-run reset` would empty days: an option of seed itself has no effect on what follows."""
    said = [p for p in ctx.command.params if ctx.get_parameter_source(p.name or "") == ParameterSource.COMMANDLINE]
    wrong = next((p.opts[0] for p in said if p.name != "json"), "")
    if wrong:
        raise UsageError(f"{wrong} stands before {command}.", hint=f"say it after it: mlopsctl seed {command} {wrong}")
    return 0


def _wish(app: App, said: dict[str, Any]) -> "Wish":
    from mlopsctl.operations.seed.profile import NEVER, Wish

    today = dates.today_in(app.settings.timezone)
    drift = said["drift"]
    day = None if drift is None else NEVER if drift.lower() == "none" else dates.parse_day(drift, today=today)
    scale = app.settings.seed_scale
    return Wish(said["seed"], said["scale"], day, said["dirt"], default_scale=scale, again=said["again"])


@seed.command()
@range_options("MLOPSCTL_SEED_STATUS", "the first that was seeded", "the last that was seeded")
@option("--all", "every", is_flag=True, envvar="MLOPSCTL_SEED_STATUS_ALL", help="Every month, however many.")
@json_option
@pass_app
def status(app: App, from_: str | None, to: str | None, every: bool) -> None:
    """Show the rows of each table, and a calendar of the days: the last year, and months with a finding.

    Rows of cust_info and family_info are those that seed wrote; `mlopsctl seed verify` looks at each.
    """
    from mlopsctl.operations import seed as operation

    app.need_setup()
    began = time.monotonic()
    with app.out.busy(LOOKING):
        report = operation.read(app.features, *_open_range(app, from_, to))
    _show(app, report, every)
    app.out.envelope(app.command, "ok", _data(report, began))


def _show(app: App, report: "SeedReport", every: bool) -> None:
    from mlopsctl.cli._common import calendar

    states = Counter(report.states.values())
    app.out.text(f"{states['complete']} of {len(report.states)} days are complete, {report.start} … {report.end}")
    for world, days in report.worlds.items():
        app.out.text(f"  {len(days):>5}  {days[0]} … {days[-1]}  {world}")
    app.out.table(("TABLE", "       ROWS"), [(table, f"{rows:>11,}") for table, rows in report.rows.items()])
    app.out.text("")
    shown = report.states if every else _worth_showing(report.states)
    calendar.show(app.out, {day: MARKS[state] for day, state in shown.items()})
    if hidden := len(report.states) - len(shown):
        app.out.text(f"{hidden} earlier days are complete; --all shows them")
    app.out.text(", ".join(f"{MARKS[state][0]} {MEANINGS[state]}: {number}" for state, number in states.items()))


def _worth_showing(states: dict[date, str]) -> dict[date, str]:
    """The days of the last months, and of each in which a day is not complete."""
    months = list(dict.fromkeys(day.replace(day=1) for day in states))
    kept = {*months[-LATEST:], *(day.replace(day=1) for day, state in states.items() if state != "complete")}
    return {day: state for day, state in states.items() if day.replace(day=1) in kept}


@seed.command()
@range_options("MLOPSCTL_SEED_VERIFY", "the first that was seeded", "the last that was seeded")
@json_option
@pass_app
def verify(app: App, from_: str | None, to: str | None) -> int:
    """Make the rows again and compare their checksums with those that are there; name the days that differ.

    A month's checksum is the same on every machine. Exit 1 where a day differs or is missing.
    """
    from mlopsctl.cli.seed import render_verify
    from mlopsctl.operations.seed import verify as operation

    app.need_setup()
    began = time.monotonic()
    with app.lock():  # of rows that are being written it would say that they differ
        return render_verify.show(app, operation.verify(app.features, *_open_range(app, from_, to)), began)


@seed.command()
@range_options("MLOPSCTL_SEED_RESET", "the first that was seeded", "the last that was seeded")
@dry_run_option
@yes_option
@json_option
@pass_app
def reset(app: App, from_: str | None, to: str | None, dry_run: bool, yes: bool) -> int:
    """Empty the days that were seeded, whatever rows they hold now; other days and all other tables stay."""
    from mlopsctl.operations import seed
    from mlopsctl.operations.seed import reset as operation

    app.need_setup()
    range_, began = _open_range(app, from_, to), time.monotonic()
    with app.lock(dry_run):
        with app.out.busy(LOOKING):
            plan = operation.plan(app.features, *range_)
        return app.show(
            plan,
            lambda: operation.run(app.features, *range_),
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
        "states": {
            state: [str(day) for day, found in report.states.items() if found == state]
            for state in ("missing", "damaged", "foreign")
        },
        "worlds": [
            {
                "seed": w.seed,
                "scale": w.scale,
                "drift": str(w.drift) if w.drift else None,
                "dirt": w.dirt / 1e6,
                "days": len(days),
                "from": str(days[0]),
                "to": str(days[-1]),
            }
            for w, days in report.worlds.items()
        ],
    }
