"""mlopsctl completion bash|zsh|fish, and what the shells ask for when a person presses Tab."""

import os

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import pass_app
from mlopsctl.cli._common.output import Output

VARIABLE = "_MLOPSCTL_COMPLETE"  # the shells ask by it, as click's scripts have it
FRESH = 15.0  # seconds for which DAG ids that were read are not read again
PATIENCE = 0.5  # seconds that the database has to name them
DAG_IDS = "SELECT dag_id FROM dag WHERE NOT is_stale ORDER BY dag_id"
INSTALL = {
    "bash": """put  eval "$(mlopsctl completion bash)"  into ~/.bashrc""",
    "zsh": """put  eval "$(mlopsctl completion zsh)"  into ~/.zshrc, after compinit""",
    "fish": "mlopsctl completion fish > ~/.config/fish/completions/mlopsctl.fish",
}


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@pass_app
def completion(app: App, shell: str) -> None:
    """Print the completion of a shell: commands, options, DAG ids, services.

    bash: eval "$(mlopsctl completion bash)" in ~/.bashrc; zsh: the same with zsh, in ~/.zshrc, after compinit; fish:
    mlopsctl completion fish > ~/.config/fish/completions/mlopsctl.fish
    """
    import sys

    from click.shell_completion import get_completion_class

    from mlopsctl.cli.main import cli

    kind = get_completion_class(shell)
    assert kind  # noqa: S101  # click knows these three
    if sys.stdout.isatty():
        app.out.say(INSTALL[shell])
    source = kind(cli, {}, "mlopsctl", VARIABLE).source()
    # In fish, click's script ends a description at its first comma.
    app.out.text(source.replace('string split ","', 'string split --max 1 ","'))


def answer(root: click.Command) -> int:
    """Tell a shell how the line may go on. Whatever happens, nothing is shown: it would stand in a line that a person
    is just writing."""
    from click.shell_completion import shell_complete

    with open(os.devnull, "w") as silence:  # noqa: PTH123
        import contextlib

        with contextlib.redirect_stderr(silence):
            try:
                return shell_complete(root, {}, "mlopsctl", VARIABLE, os.environ[VARIABLE])
            except Exception:  # noqa: BLE001  # of a line that is not whole yet, nothing can be said
                return 1


def services(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    from mlopsctl.core.paths import SERVICES

    return [name for name in SERVICES if name.startswith(incomplete)]


def dags(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """DAG ids of the home that the line means."""
    from pathlib import Path

    given = ctx.find_root().params.get("home")
    app = App(Path(given) if given else None, "", Output())
    return [name for name in _known(app) if name.startswith(incomplete)] if app.home.config.exists() else []


def services_and_dags(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """For `logs`: a service, or a DAG."""
    if ctx.params.get(param.name or ""):
        return []
    return [*services(ctx, param, incomplete), *dags(ctx, param, incomplete)]


def _known(app: App) -> list[str]:
    """From the cache, which is read anew from the database where it has grown old; the old one where that is away. One
    that was given by URL is not asked: that takes Airflow's Python, and seconds."""
    import time

    cache = app.home.cache / "dag-ids"
    if not cache.exists() or time.time() - cache.stat().st_mtime > FRESH:
        from mlopsctl.adapters import files
        from mlopsctl.core.errors import MlopsctlError

        try:
            asks = not app.settings.external_metadata_db
            files.write(cache, app.postgres.query(DAG_IDS, patience=PATIENCE) + "\n" if asks else "")
        except MlopsctlError:
            old = cache.read_text(encoding="utf-8") if cache.exists() else ""
            files.write(cache, old)  # fresh again: a database that is away is not asked at each key
    return cache.read_text(encoding="utf-8").split()
