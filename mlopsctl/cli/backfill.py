"""mlopsctl backfill."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

import click

from mlopsctl import dates
from mlopsctl.adapters.files import locked
from mlopsctl.cli.app import App
from mlopsctl.cli.backfill_course import Course
from mlopsctl.cli.options import (
    conf_option,
    dry_run_option,
    json_option,
    option,
    pass_app,
    timeout_option,
    unpause_option,
    yes_option,
)
from mlopsctl.errors import MlopsctlError, UsageError
from mlopsctl.operations.plan_backfill import Only, Wish, plan


@click.command()
@click.argument("dag_id", metavar="DAG")
@option("--from", "start", required=True, metavar="D", envvar="MLOPSCTL_BACKFILL_FROM", help="The first day.")
@option("--to", "end", required=True, metavar="D", envvar="MLOPSCTL_BACKFILL_TO", help="The last day, inclusive.")
@option(
    "--only",
    type=click.Choice(["unfinished", "missing", "failed"]),
    help="Dates without a success [default], that never ran, or that failed.",
)
@option("--all", "everything", is_flag=True, envvar="MLOPSCTL_BACKFILL_ALL", help="Run successes again too.")
@option("--reverse", is_flag=True, help="The last day first.")
@option("--max-active", type=click.IntRange(min=1), metavar="N", help="Runs at a time [default: the DAG's].")
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
    start: str,
    end: str,
    only: Only | None,
    everything: bool,
    reverse: bool,
    max_active: int | None,
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
    if everything and only:
        raise UsageError("--all and --only contradict each other.")
    if detach and repause:
        raise UsageError("--repause needs mlopsctl to stay until the last run has ended.", hint="leave out --detach")
    wish = Wish(only or "unfinished", everything, reverse, max_active, conf, unpause, repause)
    # Words that are no range are told before anything is asked of Airflow; the DAG's own today comes later.
    dates.parse_range(start, end, today=dates.today_in(app.settings.timezone), future=True)
    dag = app.api.dag(dag_id)
    with nullcontext() if dry_run else _alone(app, dag_id):
        return Course(app, plan(app.api, dag, start, end, wish), detach, timeout).take(dry_run, yes)


@contextmanager
def _alone(app: App, dag_id: str) -> Iterator[None]:
    """One mlopsctl at a time on a DAG. Raises MlopsctlError with the other's process, and Airflow's number."""
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(app.home.run / f"backfill-{dag_id}.lock", f"backfill {dag_id}"))
        except MlopsctlError as e:
            standing = app.api.active_backfill(dag_id)
            which = f"backfill {standing.id}" if standing else "a backfill"
            hint = "wait until it has ended, or stop it with Ctrl-C"
            raise MlopsctlError(
                f"{which} is already active on {dag_id}: {e.message}", hint=hint, code="backfill-active"
            ) from e
        yield
