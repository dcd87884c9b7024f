"""mlopsctl airflow -- ARGS, mlopsctl env."""

import shlex

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import pass_app


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@pass_app
def airflow(app: App, args: tuple[str, ...]) -> None:
    """Run the command line of the managed Airflow.

    For example: mlopsctl airflow -- dags list
    """
    app.platform.airflow.exec_cli(args)


@click.command()
@pass_app
def env(app: App) -> None:
    """Print the environment of the managed Airflow as export lines.

    To use it in your shell: eval "$(mlopsctl env)"
    """
    for name, value in app.platform.airflow.env().items():
        app.out.text(f"export {name}={shlex.quote(value)}" if name != "PATH" else _path(app))


def _path(app: App) -> str:
    return f'export PATH={shlex.quote(str(app.home.venv / "bin"))}:"$PATH"'
