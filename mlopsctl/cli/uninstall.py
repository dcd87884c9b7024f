"""mlopsctl uninstall."""

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app, yes_option


@click.command()
@click.option("--purge", is_flag=True, help="Also remove all data, secrets and settings.")
@dry_run_option
@yes_option
@json_option
@pass_app
def uninstall(app: App, purge: bool, dry_run: bool, yes: bool) -> int:
    """Stop all services and remove the installation. Keeps data, secrets and settings unless --purge is given."""
    from mlopsctl.operations import uninstall as operation

    platform = app.platform_with(app.settings)
    operation.check_is_home(platform.home)  # before the lock, which creates a folder
    with app.lock(dry_run):
        plan = operation.plan(platform, purge)
        return app.show(plan, lambda: operation.run(plan, platform, purge), dry_run=dry_run, yes=yes)
