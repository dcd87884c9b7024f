"""mlopsctl backfill."""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import date
from typing import Any

import click

from mlopsctl.adapters.airflow.run_owner import RUN_ID_PREFIX
from mlopsctl.adapters.files import locked
from mlopsctl.cli._common import completion
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import (
    conf_option,
    dry_run_option,
    json_option,
    option,
    pass_app,
    timeout_option,
    unpause_option,
    yes_option,
)
from mlopsctl.cli.backfill import day_list
from mlopsctl.cli.backfill.session import Course
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Selection
from mlopsctl.operations.backfill.lock import lock_of
from mlopsctl.operations.backfill.plan import BackfillRequest
from mlopsctl.operations.backfill.resolve import LONG
from mlopsctl.operations.backfill.sources import prepare, reader


def _days(_ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """`30d`, `30` or `4w` as days."""
    found = re.fullmatch(r"([0-9]{1,5})([dw]?)", value) if value else None
    if value and not (found and int(found[1])):
        raise UsageError(f"--{param.name}: {value!r} is no number of days.", hint="write --chunk 30d, or --chunk 4w")
    return int(found[1]) * (7 if found[2] == "w" else 1) if found else None


def _words(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[day_list.Word, ...]:
    return () if value is None else day_list.read(value)


@click.command()
@click.argument("dag_id", metavar="DAG", shell_complete=completion.dags)
@option("--from", "start", metavar="D", envvar="MLOPSCTL_BACKFILL_FROM", help="The first day.")
@option("--to", "end", metavar="D", envvar="MLOPSCTL_BACKFILL_TO", help="The last day, inclusive.")
@option(
    "--dates",
    "words",
    callback=_words,
    metavar="D,D,…|@FILE|-",
    envvar="MLOPSCTL_BACKFILL_DATES",
    help="These days instead, from a file, or from stdin; also months, and ranges as 2024-01-03..2024-01-09.",
)
@option(
    "--only",
    type=click.Choice([choice.value for choice in Selection]),
    help="Dates without a success [default], that never ran, that failed, or whose rows are not in the DAG's table.",
)
@option("--table", metavar="T", default="", help="For holes: the table that the DAG fills [default: as `fills` says].")
@option("--column", metavar="C", default="", help="For holes: its column that holds a run's date [default: base_dt].")
@option("--all", "everything", is_flag=True, envvar="MLOPSCTL_BACKFILL_ALL", help="Run successes again too.")
@option("--reverse", is_flag=True, help="The last day first.")
@option("--max-active", type=click.IntRange(min=1), metavar="N", help="Runs at a time [default: the DAG's].")
@option("--chunk", callback=_days, metavar="30d", help="So many days at a time, one piece after the other.")
@option("--max-failures", type=click.IntRange(min=1), metavar="N", help="Begin nothing more when N dates have failed.")
@conf_option
@timeout_option
@unpause_option
@option("--repause", is_flag=True, help="Pause the DAG again at the end, if it was.")
@option("--detach", is_flag=True, help="Make the runs and leave.")
@dry_run_option
@yes_option
@json_option
@pass_app
def backfill(  # the options of the contract
    app: App,
    dag_id: str,
    start: str | None,
    end: str | None,
    words: tuple[day_list.Word, ...],
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
    """Make every date of a range a success.

    Every date without a successful run is run; said again, the same command does what is left. A DAG without a schedule
    gets one run per day. D is 2024-01-31, 2024-01 (the whole month), today, yesterday, -7d, -2w or -3m, in the DAG's
    time zone.
    """
    _check_choice(only, everything, bool(table or column))
    if detach:
        _check_detached({"--repause": repause, "--chunk": chunk, "--max-failures": max_failures})
    # Words that are no dates are told before anything is asked of Airflow; the DAG's own today comes later.
    first, last, _ = _range(start, end, words, dates.today_in(app.settings.timezone), future=True)
    if (last - first).days > LONG:
        app.platform.airflow.prestart("schedule")
    dag = app.api.dag(dag_id)
    with nullcontext() if dry_run else _alone(app, dag_id):
        first, last, days = _range(start, end, words, dates.today_in(dag.timezone))
        request = BackfillRequest(
            Selection(only or "unfinished"), everything, reverse, max_active, conf, unpause, repause, days, table,
            column, chunk, max_failures,
        )  # fmt: skip
        with app.out.busy(f"planning the backfill of {dag_id}"):
            plan = prepare(app.platform, dag, first, last, request)
        return Course(app, plan, detach, timeout, reader(app.platform)).take(dry_run, yes)


def _check_choice(only: str | None, everything: bool, where: bool) -> None:
    if everything and only:
        raise UsageError("--all and --only contradict each other.", hint="leave out one of the two")
    if where and only != "holes":
        raise UsageError("--table and --column say where holes are seen.", hint="say --only holes too")


def _check_detached(staying: Mapping[str, object]) -> None:
    """`staying`: what needs mlopsctl to stay, and whether it was said."""
    for name, said in staying.items():
        if said:
            raise UsageError(f"{name} needs mlopsctl to stay until the last run has ended.", hint="leave out --detach")


def _range(
    start: str | None, end: str | None, words: tuple[day_list.Word, ...], today: date, *, future: bool = False
) -> tuple[date, date, tuple[date, ...]]:
    """The first and the last day, and, where days were named, these. Raises UsageError."""
    if words and (start or end):
        raise UsageError("--dates and --from … --to contradict each other.", hint="leave out one of the two")
    if words:
        days = day_list.days(words, today=today, future=future)
        return days[0], days[-1], days
    if not start or not end:
        missing = "--to" if start else "--from"
        raise UsageError(f"missing option '{missing}'.", hint="say --from D --to D, or --dates D,D")
    return *dates.parse_range(start, end, today=today, future=future), ()


@contextmanager
def _alone(app: App, dag_id: str) -> Iterator[None]:
    """One mlopsctl at a time on a DAG. Raises MlopsctlError with the other's process, and Airflow's number."""
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(lock_of(app.home, dag_id), f"backfill {dag_id}"))
        except MlopsctlError as e:
            id_ = _active_id(app, dag_id)
            hint = Hint.of("backfills", "watch", id_) if id_ else "wait until it has ended, or stop it with Ctrl-C"
            which = f"backfill {id_}" if id_ else "a backfill"
            raise MlopsctlError(
                f"{which} is already active on {dag_id}: {e.message}", hint=hint, code="backfill-active"
            ) from e
        yield


def _active_id(app: App, dag_id: str) -> int | str | None:
    """Airflow's number, or, of a backfill run by run, what the ids of its runs hold."""
    if standing := app.api.active_backfill(dag_id):
        return standing.id
    moving = app.api.active_run(dag_id, RUN_ID_PREFIX)
    return moving.owner if moving and moving.owner else None
