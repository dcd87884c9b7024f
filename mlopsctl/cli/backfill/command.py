"""mlopsctl backfill."""

import re
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import date
from typing import Any

import click

from mlopsctl.cli._common import completion
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import (
    conf_option,
    dry_run_option,
    json_option,
    pass_app,
    timeout_option,
    unpause_option,
    yes_option,
)
from mlopsctl.cli.backfill import day_list
from mlopsctl.cli.backfill.session import BackfillSession
from mlopsctl.core import dates
from mlopsctl.core.errors import UsageError
from mlopsctl.core.states import Selection
from mlopsctl.operations.backfill.lock import backfill_lock
from mlopsctl.operations.backfill.plan import BackfillRequest
from mlopsctl.operations.backfill.planning.preflight import prepare
from mlopsctl.operations.backfill.planning.resolve import LONG_RANGE
from mlopsctl.operations.backfill.planning.sources import run_reader


def _number_of_days(_ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """`30d`, `30` or `4w` as days."""
    found = re.fullmatch(r"([0-9]{1,5})([dw]?)", value) if value else None
    if value and not (found and int(found[1])):
        raise UsageError(
            f"invalid number of days for --{param.name}: {value!r}.", hint="write --chunk 30d or --chunk 4w"
        )
    return int(found[1]) * (7 if found[2] == "w" else 1) if found else None


def _items(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[day_list.Item, ...]:
    return () if value is None else day_list.read(value)


@click.command()
@click.argument("dag_id", metavar="DAG", shell_complete=completion.dags)
@click.option("--from", "start", metavar="D", help="First day.")
@click.option("--to", "end", metavar="D", help="Last day, inclusive.")
@click.option(
    "--dates",
    "items",
    callback=_items,
    metavar="D,D,…|@FILE|-",
    help="These days instead of a range; also months, ranges such as 2024-01-03..2024-01-09, a file, or stdin.",
)
@click.option(
    "--only",
    type=click.Choice([choice.value for choice in Selection]),
    help="Which dates to run: not yet successful (default), never run, failed, or without rows in the DAG's table.",
)
@click.option(
    "--table", metavar="T", default="", help="With --only holes: the DAG's table [default: from the setting fills]."
)
@click.option("--column", metavar="C", default="", help="With --only holes: its date column [default: base_dt].")
@click.option("--all", "everything", is_flag=True, help="Run successful dates again too.")
@click.option("--reverse", is_flag=True, help="Start with the last day.")
@click.option(
    "--max-active", type=click.IntRange(min=1), metavar="N", help="Run N at a time [default: the DAG's limit]."
)
@click.option("--chunk", callback=_number_of_days, metavar="30d", help="Process this many days at a time.")
@click.option(
    "--max-failures", type=click.IntRange(min=1), metavar="N", help="Stop starting new runs after N failures."
)
@conf_option
@timeout_option
@unpause_option
@click.option("--repause", is_flag=True, help="Pause the DAG again afterwards if it was paused before.")
@click.option("--detach", is_flag=True, help="Create the runs and exit.")
@dry_run_option
@yes_option
@json_option
@pass_app
def backfill(  # the options of the contract
    app: App,
    dag_id: str,
    start: str | None,
    end: str | None,
    items: tuple[day_list.Item, ...],
    only: str | None,
    table: str,
    column: str,
    everything: bool,
    reverse: bool,
    max_active: int | None,
    chunk: int | None,
    max_failures: int | None,
    conf: Mapping[str, Any] | None,
    timeout: float | None,
    unpause: bool,
    repause: bool,
    detach: bool,
    dry_run: bool,
    yes: bool,
) -> int:
    """Run a DAG for every date in a range that has not succeeded yet.

    Safe to re-run: it picks up where it stopped. A DAG without a schedule gets one run per day. D is 2024-01-31,
    2024-01 (the whole month), today, yesterday, -7d, -2w or -3m, in the DAG's time zone.
    """
    _check_selection(only, everything, bool(table or column))
    if detach:
        _check_detach({"--repause": repause, "--chunk": chunk, "--max-failures": max_failures})
    # Invalid dates are found before Airflow is asked for anything; what is today for the DAG follows later.
    first, last, _ = _range(start, end, items, dates.today_in(app.settings.timezone), future=True)
    dag = app.api.dag(dag_id)
    if dag.periodic and (not dag.backfillable or (last - first).days > LONG_RANGE):
        app.target.metadata.prepare_slots()
    with nullcontext() if dry_run else backfill_lock(app.target, dag_id):
        first, last, days = _range(start, end, items, dates.today_in(dag.timezone))
        request = BackfillRequest(
            Selection(only or Selection.UNFINISHED), everything, reverse, max_active, conf, unpause, repause, days,
            table, column, chunk, max_failures,
        )  # fmt: skip
        with app.out.busy(f"planning the backfill of {dag_id}"):
            plan = prepare(app.target, dag, first, last, request)
        return BackfillSession(app, plan, run_reader(app.target), detach, timeout).run(dry_run=dry_run, yes=yes)


def _check_selection(only: str | None, everything: bool, table: bool) -> None:
    if everything and only:
        raise UsageError("--all and --only exclude each other.", hint="leave out one of the two")
    if table and only != Selection.HOLES:
        raise UsageError("--table and --column need --only holes.", hint="add --only holes")


def _check_detach(needs_to_stay: Mapping[str, object]) -> None:
    """`needs_to_stay`: options and their values."""
    for name, value in needs_to_stay.items():
        if value:
            raise UsageError(f"{name} needs mlopsctl to stay until the last run has ended.", hint="leave out --detach")


def _range(
    start: str | None, end: str | None, items: tuple[day_list.Item, ...], today: date, *, future: bool = False
) -> tuple[date, date, tuple[date, ...]]:
    """The first and the last day, and the days of --dates. Raises UsageError."""
    if items and (start or end):
        raise UsageError("--dates and --from/--to exclude each other.", hint="leave out one of the two")
    if items:
        days = day_list.days(items, today=today, future=future)
        return days[0], days[-1], days
    if not start or not end:
        missing = "--to" if start else "--from"
        raise UsageError(f"missing option '{missing}'.", hint="give --from D --to D, or --dates D,D")
    return *dates.parse_range(start, end, today=today, future=future), ()
