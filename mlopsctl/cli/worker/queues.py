"""mlopsctl queues."""

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import json_option, pass_app


@click.command()
@json_option
@pass_app
def queues(app: App) -> int:
    """Show the queues of tasks, and which workers take from them."""
    raise NotImplementedError
