"""mlopsctl dags pause|unpause."""

import click

from mlopsctl.cli._common import completion
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app


@click.command()
@click.argument("dag_ids", metavar="DAG...", nargs=-1, required=True, shell_complete=completion.dags)
@dry_run_option
@json_option
@pass_app
def pause(app: App, dag_ids: tuple[str, ...], dry_run: bool) -> int:
    """Pause DAGs.

    None of their runs starts until they are unpaused; running tasks continue.
    """
    return _switch(app, dag_ids, dry_run, pause=True)


@click.command()
@click.argument("dag_ids", metavar="DAG...", nargs=-1, required=True, shell_complete=completion.dags)
@dry_run_option
@json_option
@pass_app
def unpause(app: App, dag_ids: tuple[str, ...], dry_run: bool) -> int:
    """Unpause DAGs.

    Their queued runs start, and so do the runs of their schedules.
    """
    return _switch(app, dag_ids, dry_run, pause=False)


def _switch(app: App, dag_ids: tuple[str, ...], dry_run: bool, *, pause: bool) -> int:
    from mlopsctl.operations.dags import switch

    plan = switch.plan(app.api, dag_ids, pause=pause)
    return app.show(plan, lambda: switch.run(plan, app.api, pause=pause), dry_run=dry_run)
