"""mlopsctl seed, and its subcommands."""

import time
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import (
    collect_options,
    dry_run_option,
    integer,
    json_option,
    parts_per_million,
    pass_app,
    range_options,
    yes_option,
)
from mlopsctl.cli.seed.range import CHECKING, parse_open_range, parse_range
from mlopsctl.cli.seed.status import status
from mlopsctl.cli.seed.verify import verify
from mlopsctl.core import dates
from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint

if TYPE_CHECKING:
    from mlopsctl.operations.seed.profile import SeedRequest


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
@click.option("--scale", callback=integer, metavar="N", help="Size, in multiples of 1,640 customers.")
@click.option(
    "--seed", callback=integer, metavar="N", help="Random seed. A different seed generates a different data set."
)
@click.option(
    "--drift", metavar="DATE", help="From this day on, let more loans default and incomes fall; none removes the drift."
)
@click.option(
    "--dirt", callback=parts_per_million, metavar="P",
    help="Add errors to this share of the applications, and record them in mlops_meta.seed_faults.",
)  # fmt: skip
@click.option("--again", is_flag=True, help="Also generate existing days again, and replace their rows.")
@click.option("--force", is_flag=True, help="Also replace days of the reference period, 2023-06-01 … 2023-11-30.")
@dry_run_option
@yes_option
@json_option
@pass_app
@click.pass_context
@collect_options(SeedOptions)
def seed(ctx: click.Context, app: App, /, options: SeedOptions, *, dry_run: bool, yes: bool, force: bool) -> int:
    """Generate the missing days of exam data in the feature store.

    The rows of a day are the same on every machine and for every range. Safe to re-run: complete days are kept.

    Options that are not given keep their values for existing days; new days continue with the seed, the scale and the
    drift of the days around them.
    """
    if ctx.invoked_subcommand:
        return _refuse_options(ctx, ctx.invoked_subcommand)
    from mlopsctl.operations.seed import generate as operation
    from mlopsctl.operations.seed import report

    app.need_setup()
    range_ = parse_range(app, options.from_, options.to)
    request, began = _request(app, options), time.monotonic()
    with app.lock(dry_run):
        with app.out.busy(CHECKING):
            plan = operation.plan(app.features, *range_, request, force=force)
        return app.show(
            plan,
            lambda: operation.run(app.features, *range_, request, force=force),
            data=lambda steps: (
                report.data(report.read(app.features, *range_), time.monotonic() - began) | {"steps": steps}
            ),
            dry_run=dry_run,
            yes=yes,
        )


def _refuse_options(ctx: click.Context, subcommand: str) -> int:
    """Raises UsageError for an option before the subcommand, where it has no effect: `seed --dry-run reset` would
    delete days."""
    given = [p for p in ctx.command.params if ctx.get_parameter_source(p.name or "") == ParameterSource.COMMANDLINE]
    if misplaced := next((p.opts[0] for p in given if p.name != "json"), ""):
        raise UsageError(
            f"{misplaced} must follow {subcommand}.", hint=Hint((*ctx.command_path.split()[1:], subcommand, misplaced))
        )
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
@dry_run_option
@yes_option
@json_option
@pass_app
def reset(app: App, from_: str | None, to: str | None, dry_run: bool, yes: bool) -> int:
    """Delete days that seed has written.

    Deletes all rows of these days, including rows that were changed. Other days and tables are not changed.
    """
    from mlopsctl.operations.seed import report
    from mlopsctl.operations.seed import reset as operation

    app.need_setup()
    range_, began = parse_open_range(app, from_, to), time.monotonic()
    with app.lock(dry_run):
        with app.out.busy(CHECKING):
            plan = operation.plan(app.features, *range_)
        return app.show(
            plan,
            lambda: operation.run(app.features, *range_),
            data=lambda _: report.data(report.read(app.features, *range_), time.monotonic() - began),
            dry_run=dry_run,
            yes=yes,
        )


seed.add_command(status)
seed.add_command(verify)
