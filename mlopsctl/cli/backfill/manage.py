"""mlopsctl backfills list|watch|pause|resume|cancel."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from mlopsctl.cli._common import completion
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import (
    dry_run_option,
    json_option,
    option,
    pass_app,
    timeout_option,
    unpause_option,
    yes_option,
)

if TYPE_CHECKING:
    from mlopsctl.core.model import Backfill
    from mlopsctl.core.steps import Plan, Step


@click.group()
def backfills() -> None:
    """Show, watch, pause, resume and cancel backfills that exist.

    A backfill is named by its ID, or by its DAG; the only one that is active need not be named.
    """


@backfills.command("list")
@click.argument("dag_id", metavar="[DAG]", required=False, shell_complete=completion.dags)
@option(
    "--all",
    "everything",
    is_flag=True,
    envvar="MLOPSCTL_BACKFILLS_LIST_ALL",
    help="All that have ended too, not only the last ten.",
)
@json_option
@pass_app
def list_(app: App, dag_id: str | None, everything: bool) -> None:
    """Show active backfills, and the last that have ended."""
    from mlopsctl.adapters.airflow.metadb.interface import ENDED_LISTED
    from mlopsctl.cli.backfill import render_list as screen

    found = app.platform.metadata.backfills(dag_id=dag_id or "", ended=None if everything else ENDED_LISTED)
    if not found and dag_id:
        app.api.dag(dag_id)  # raises MlopsctlError where there is none
    screen.show(app, found)
    app.out.envelope("backfills list", "ok", {"backfills": [screen.data(b) for b in found]})


@backfills.command()
@click.argument("which", metavar="[ID|DAG]", required=False, shell_complete=completion.dags)
@timeout_option
@json_option
@pass_app
def watch(app: App, which: str | None, timeout: float | None) -> int:
    """Stay until the last run of a backfill has ended.

    Exit 0 if all are a success, 1 if not, 4 timed out; Ctrl-C leaves, and the backfill goes on.
    """
    from mlopsctl.cli.backfill.watch import Course

    return Course(app, _find(app, which, "watch"), timeout).take()


@backfills.command()
@click.argument("which", metavar="[ID|DAG]", required=False, shell_complete=completion.dags)
@dry_run_option
@json_option
@pass_app
def pause(app: App, which: str | None, dry_run: bool) -> int:
    """Start no more runs of a backfill, until it is resumed."""
    from mlopsctl.operations.backfill import pause

    found = _find(app, which, "pause")
    plan = pause.plan_pause(found)
    code = _show(app, found, plan, lambda: pause.pause(plan, app.api, found), dry_run)
    if not dry_run and not plan.empty and not code:
        app.out.say(f"to go on: {app.call('backfills', 'resume', found.id)}")
    return code


@backfills.command()
@click.argument("which", metavar="[ID|DAG]", required=False, shell_complete=completion.dags)
@unpause_option
@dry_run_option
@json_option
@pass_app
def resume(app: App, which: str | None, unpause: bool, dry_run: bool) -> int:
    """Let a backfill that was paused go on."""
    from mlopsctl.operations.backfill import pause

    found = _find(app, which, "resume")
    plan = pause.plan_resume(found, unpause)
    return _show(app, found, plan, lambda: pause.resume(plan, app.api, found), dry_run)


@backfills.command()
@click.argument("which", metavar="[ID|DAG]", required=False, shell_complete=completion.dags)
@dry_run_option
@yes_option
@json_option
@pass_app
def cancel(app: App, which: str | None, dry_run: bool, yes: bool) -> int:
    """End the queued and running runs of a backfill.

    It looks that they have ended. Of a backfill that was cancelled before, runs that stay queued for ever are ended.
    """
    from mlopsctl.operations.backfill import cancel as operation

    found = _find(app, which, "cancel")
    plan = operation.plan(found)
    return _show(app, found, plan, lambda: operation.run(plan, app.platform, found), dry_run, yes)


def _find(app: App, which: str | None, verb: str) -> "Backfill":
    from mlopsctl.operations.backfill.find import find

    return find(app.platform.metadata, app.api, which, f"backfills {verb}")


def _show(
    app: App,
    found: "Backfill",
    plan: "Plan",
    run: Callable[[], "Iterator[Step]"],
    dry_run: bool,
    yes: bool = False,
) -> int:
    """Carry out a plan; its JSON has the backfill as it is then."""
    from mlopsctl.cli.backfill.render_list import data
    from mlopsctl.operations.backfill.find import again

    metadata = app.platform.metadata
    return app.show(
        plan,
        run,
        data=lambda steps: {"steps": steps, "backfill": data(again(metadata, found))},
        dry_run=dry_run,
        yes=yes,
    )
