"""mlopsctl uninstall."""

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, option, pass_app, yes_option


@click.command()
@option("--purge", is_flag=True, help="The databases, secrets and settings too.")
@dry_run_option
@yes_option
@json_option
@pass_app
def uninstall(app: App, purge: bool, dry_run: bool, yes: bool) -> int:
    """Stop everything and remove what setup made; without --purge the data, secrets and settings stay."""
    from mlopsctl.operations import uninstall as operation

    platform = app.platform_with(app.settings)
    operation.check_ours(platform.home)  # before the lock, which makes a folder where there is none
    with app.lock(dry_run):
        plan = operation.plan(platform, purge)
        return app.show(plan, lambda: operation.run(plan, platform), dry_run=dry_run, yes=yes)
