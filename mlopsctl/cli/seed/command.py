"""mlopsctl seed, and its subcommands status, verify and reset."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import (
    collect_options,
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
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message, Result
from mlopsctl.core.states import Status, StepState
from mlopsctl.core.steps import Step
from mlopsctl.core.text import duration

if TYPE_CHECKING:
    from mlopsctl.operations.seed.profile import SeedRequest
    from mlopsctl.operations.seed.report import SeedReport
    from mlopsctl.operations.seed.verify import MonthCheck

CHECKING = "checking which days exist"


@dataclass(frozen=True)
class SeedOptions:
    """As given on the command line; None: not given. `dirt`: per million."""

    from_: str | None
    to: str | None
    scale: int | None
    seed: int | None
    drift: str | None
    dirt: int | None
    again: bool


@click.group(invoke_without_command=True)
@range_options("the setting seed_from, 2023-06-01", "the setting seed_to, 2025-12-31")
@option("--scale", callback=integer, metavar="N", help="Size, in multiples of 1,640 customers.")
@option("--seed", callback=integer, metavar="N", help="Random seed. A different seed generates a different data set.")
@option(
    "--drift", metavar="DATE", help="From this day on, let more loans default and incomes fall; none removes the drift."
)
@option(
    "--dirt", callback=parts_per_million, metavar="P",
    help="Add errors to this share of the applications, and record them in mlops_meta.seed_faults.",
)  # fmt: skip
@option("--again", is_flag=True, help="Also generate existing days again, and replace their rows.")
@option("--force", is_flag=True, help="Also replace days of the reference period, 2023-06-01 … 2023-11-30.")
@dry_run_option
@yes_option
@json_option
@pass_app
@click.pass_context
@collect_options(SeedOptions)
def seed(ctx: click.Context, app: App, /, options: SeedOptions, *, dry_run: bool, yes: bool, force: bool) -> int:
    """Generate the missing days of exam data in the feature store.

    The rows of a day are the same on every machine and for every range. Complete days are kept, so the command is safe
    to re-run. Existing days keep the values of options that are not given, and new days continue with the seed, the
    scale and the drift of the days around them.
    """
    if ctx.invoked_subcommand:
        return _refuse_options(ctx, ctx.invoked_subcommand)
    from mlopsctl.operations.seed import generate as operation
    from mlopsctl.operations.seed import report

    app.need_setup()
    range_ = _range(app, options.from_ or app.settings.seed_from, options.to or app.settings.seed_to)
    request, began = _request(app, options), time.monotonic()
    with app.lock(dry_run):
        with app.out.busy(CHECKING):
            plan = operation.plan(app.features, *range_, request, force=force)
        return app.show(
            plan,
            lambda: operation.run(app.features, *range_, request, force=force),
            data=lambda steps: _data(report.read(app.features, *range_), began) | {"steps": steps},
            dry_run=dry_run,
            yes=yes,
        )


def _refuse_options(ctx: click.Context, subcommand: str) -> int:
    """Raises UsageError for an option before the subcommand, where it has no effect: `seed --dry-run reset` would
    delete days."""
    given = [p for p in ctx.command.params if ctx.get_parameter_source(p.name or "") == ParameterSource.COMMANDLINE]
    if misplaced := next((p.opts[0] for p in given if p.name != "json"), ""):
        raise UsageError(f"{misplaced} must follow {subcommand}.", hint=Hint((*ctx.command_path.split()[1:], subcommand, misplaced)))
    return 0


def _request(app: App, options: SeedOptions) -> "SeedRequest":
    from mlopsctl.operations.seed.profile import NO_DRIFT, SeedRequest

    drift: date | None = None
    if options.drift is not None:
        today = dates.today_in(app.settings.timezone)
        drift = NO_DRIFT if options.drift.lower() == "none" else dates.parse_day(options.drift, today=today)
    return SeedRequest(
        options.seed,
        options.scale,
        drift,
        options.dirt,
        default_scale=app.settings.seed_scale,
        rewrite=options.again,
    )


@seed.command()
@range_options("the first existing day", "the last existing day")
@option("--all", "all_months", is_flag=True, help="Show every month.")
@json_option
@pass_app
def status(app: App, from_: str | None, to: str | None, all_months: bool) -> int:
    """Show the rows per table and a calendar of the days.

    The calendar covers the last year, and earlier months with a problem. The rows of cust_info and family_info are
    those that seed wrote; `mlopsctl seed verify` reads them.
    """
    from mlopsctl.cli.seed import render_status
    from mlopsctl.operations.seed import report as operation

    app.need_setup()
    began = time.monotonic()
    with app.out.busy(CHECKING):
        report = operation.read(app.features, *_open_range(app, from_, to))
    return app.render(Result(_data(report, began)), partial(render_status.show, report=report, all_months=all_months))


@seed.command()
@range_options("the first existing day", "the last existing day")
@json_option
@pass_app
def verify(app: App, from_: str | None, to: str | None) -> int:
    """Check that the rows are those that seed generates.

    Compares checksums and lists the days that differ. The checksum of a month is the same on every machine. Exit code 1
    if a day differs or is missing.
    """
    from mlopsctl.cli.seed import render_verify
    from mlopsctl.operations.seed import verify as operation
    from mlopsctl.operations.seed.verify_report import VerifyReport

    app.need_setup()
    began = time.monotonic()
    checks: list[MonthCheck] = []
    with app.lock():  # rows that are being written would differ
        found = operation.verify(app.features, *_open_range(app, from_, to))
        app.out.steps(_collect(found, checks, began))
    report, seconds = VerifyReport(checks), time.monotonic() - began
    error = report.error()
    result = Result(
        {"months": report.data(), "seconds": round(seconds, 3)},
        Status.ERROR if error else Status.OK,
        () if error else (Message(f"all {report.days} days are as seed generates them  {duration(seconds)}"),),
        (error,) if error else (),
    )
    return app.render(result, partial(render_verify.show, report=report))


def _collect(found: "Iterator[MonthCheck]", checks: "list[MonthCheck]", began: float) -> Iterator[Step]:
    """Add each check to `checks`, with progress."""
    for check in found:
        checks.append(check)
        yield Step("verify", StepState.RUNNING, f"{check.month} {check.table}", time.monotonic() - began)


@seed.command()
@range_options("the first existing day", "the last existing day")
@dry_run_option
@yes_option
@json_option
@pass_app
def reset(app: App, from_: str | None, to: str | None, dry_run: bool, yes: bool) -> int:
    """Delete the rows of seeded days.

    This includes rows that were changed since. Other days and tables stay.
    """
    from mlopsctl.operations.seed import report
    from mlopsctl.operations.seed import reset as operation

    app.need_setup()
    range_, began = _open_range(app, from_, to), time.monotonic()
    with app.lock(dry_run):
        with app.out.busy(CHECKING):
            plan = operation.plan(app.features, *range_)
        return app.show(
            plan,
            lambda: operation.run(app.features, *range_),
            data=lambda _: _data(report.read(app.features, *range_), began),
            dry_run=dry_run,
            yes=yes,
        )


def _open_range(app: App, start: str | None, end: str | None) -> tuple[date | None, date | None]:
    return dates.parse_open_range(start, end, today=dates.today_in(app.settings.timezone))


def _range(app: App, start: str, end: str) -> tuple[date, date]:
    return dates.parse_range(start, end, today=dates.today_in(app.settings.timezone), future=True)


def _data(report: "SeedReport", began: float) -> dict[str, Any]:
    from mlopsctl.operations.seed import report as operation

    return operation.data(report) | {"seconds": round(time.monotonic() - began, 3)}
