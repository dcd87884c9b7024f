"""mlopsctl backfills list|watch|pause|resume|cancel."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common import completion
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import (
    dry_run_option,
    json_option,
    pass_app,
    timeout_option,
    unpause_option,
    yes_option,
)
from mlopsctl.core.result import Result

if TYPE_CHECKING:
    from mlopsctl.core.model import Backfill
    from mlopsctl.core.steps import Plan, Step

which_argument = click.argument("which", metavar="[ID|DAG]", required=False, shell_complete=completion.dags)


@click.group()
def backfills() -> None:
    """List, watch, pause, resume and cancel backfills.

    Name a backfill by its ID or its DAG. If only one is active, it need not be named.
    """


@backfills.command("list")
@click.argument("dag_id", metavar="[DAG]", required=False, shell_complete=completion.dags)
@click.option("--all", "everything", is_flag=True, help="Show all ended backfills, not only the last ten.")
@json_option
@pass_app
def list_(app: App, dag_id: str | None, everything: bool) -> int:
    """Show active backfills and the last ended ones."""
    from mlopsctl.adapters.airflow.metadb.interface import ENDED_LISTED
    from mlopsctl.cli.backfill import render_list

    found = app.target.metadata.backfills(dag_id=dag_id or "", ended=None if everything else ENDED_LISTED)
    if not found and dag_id:
        app.api.dag(dag_id)  # raises MlopsctlError for an unknown DAG
    data = {"backfills": [render_list.data(b) for b in found]}
    result = Result(data, messages=tuple(render_list.messages(found)))
    return app.render(result, lambda out: render_list.show(out, found))


@backfills.command()
@which_argument
@timeout_option
@json_option
@pass_app
def watch(app: App, which: str | None, timeout: float | None) -> int:
    """Wait until the last run of a backfill has ended.

    Exits with 0 if all runs succeeded, 1 if not, and 4 after --timeout. Ctrl-C stops watching; the backfill continues.
    """
    from mlopsctl.cli.backfill.watch import WatchSession

    return WatchSession(app, _find(app, which, "watch"), timeout).run()


@backfills.command()
@which_argument
@dry_run_option
@json_option
@pass_app
def pause(app: App, which: str | None, dry_run: bool) -> int:
    """Start no more runs of a backfill until it is resumed."""
    from mlopsctl.operations.backfill.existing import pause

    found = _find(app, which, "pause")
    plan = pause.plan_pause(found)
    return _show(app, found, plan, lambda: pause.pause(plan, app.api, found), dry_run)


@backfills.command()
@which_argument
@unpause_option
@dry_run_option
@yes_option
@json_option
@pass_app
def resume(app: App, which: str | None, unpause: bool, dry_run: bool, yes: bool) -> int:
    """Resume a paused backfill."""
    from mlopsctl.operations.backfill.existing import pause
    from mlopsctl.operations.dags import scheduled_runs

    found = _find(app, which, "resume")
    scheduled = scheduled_runs.read(app.target, app.api.dag(found.dag_id)) if found.dag_paused else None
    plan = pause.plan_resume(found, unpause, scheduled)
    return _show(app, found, plan, lambda: pause.resume(plan, app.api, found), dry_run, yes)


@backfills.command()
@which_argument
@dry_run_option
@yes_option
@json_option
@pass_app
def cancel(app: App, which: str | None, dry_run: bool, yes: bool) -> int:
    """End the queued and running runs of a backfill.

    Checks that they have ended. Of a cancelled backfill, ends runs that are stuck in the queue.
    """
    from mlopsctl.operations.backfill.existing import cancel as operation

    found = _find(app, which, "cancel")
    plan = operation.plan(found)
    return _show(app, found, plan, lambda: operation.run(plan, app.target, found), dry_run, yes)


def _find(app: App, which: str | None, verb: str) -> "Backfill":
    from mlopsctl.operations.backfill.existing.find import find

    return find(app.target.metadata, app.api, which, verb)


def _show(
    app: App, found: "Backfill", plan: "Plan", run: Callable[[], "Iterator[Step]"], dry_run: bool, yes: bool = False
) -> int:
    """Carry out a plan; its JSON has the backfill as it is afterwards."""
    from mlopsctl.cli.backfill.render_list import data
    from mlopsctl.operations.backfill.existing.find import reread

    def with_backfill(steps: list[dict[str, Any]]) -> dict[str, Any]:
        return {"steps": steps, "backfill": data(reread(app.target.metadata, found))}

    return app.show(plan, run, data=with_backfill, dry_run=dry_run, yes=yes)
