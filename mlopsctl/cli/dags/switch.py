"""mlopsctl dags pause|unpause."""

import click

from mlopsctl.cli._common import completion
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app, yes_option


@click.command()
@click.argument("dag_ids", metavar="DAG...", nargs=-1, required=True, shell_complete=completion.dags)
@dry_run_option
@json_option
@pass_app
def pause(app: App, dag_ids: tuple[str, ...], dry_run: bool) -> int:
    """Pause DAGs.

    None of their runs starts until they are unpaused; running tasks continue.
    """
    from mlopsctl.operations.dags import switch

    plan = switch.plan_pause(app.api, dag_ids)
    return app.show(plan, lambda: switch.run(plan, app.api, pause=True), dry_run=dry_run)


@click.command()
@click.argument("dag_ids", metavar="DAG...", nargs=-1, required=True, shell_complete=completion.dags)
@dry_run_option
@yes_option
@json_option
@pass_app
def unpause(app: App, dag_ids: tuple[str, ...], dry_run: bool, yes: bool) -> int:
    """Unpause DAGs.

    Their queued runs start, and so do the runs of their schedules. Asks if a DAG with catchup=True has missed runs.
    """
    from mlopsctl.operations.dags import switch

    with app.out.busy("looking for missed runs"):
        scheduled = switch.read_scheduled(app.target, dag_ids)
    plan = switch.plan_unpause(scheduled)
    return app.show(
        plan,
        lambda: switch.run(plan, app.api, pause=False),
        data=lambda steps: {"steps": steps, "scheduled_runs": {name: runs.number for name, runs in scheduled.items()}},
        dry_run=dry_run,
        yes=yes,
    )
