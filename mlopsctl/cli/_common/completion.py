"""What the shells query when the user presses Tab: commands, options, services, DAG ids."""

import os
import time
from contextlib import redirect_stderr
from pathlib import Path

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.context_choice import choose
from mlopsctl.cli._common.output import Output

VARIABLE = "_MLOPSCTL_COMPLETE"  # set by the completion scripts that click generates
CACHE_SECONDS = 15.0  # age up to which cached DAG ids are not read again
QUERY_TIMEOUT = 0.5  # seconds


def answer(root: click.Command) -> int:
    """Print the completions of the line that the shell has put into the environment; returns the exit code. Errors are
    not shown, because they would appear in the line that the user is typing."""
    from click.shell_completion import shell_complete

    with Path(os.devnull).open("w", encoding="utf-8") as devnull, redirect_stderr(devnull):
        try:
            return shell_complete(root, {}, "mlopsctl", VARIABLE, os.environ[VARIABLE])
        except Exception:  # noqa: BLE001  # an incomplete line may fail in any way
            return 1


def services(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    from mlopsctl.core.paths import SERVICES

    return [name for name in SERVICES if name.startswith(incomplete)]


def dags(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """DAG ids of the home that the line names. None in a context, whose server may take seconds to answer."""
    root = ctx.find_root()
    given = root.params.get("home")
    if choose(root, given, root.params.get("context")).name:
        return []
    app = App(Path(given) if given else None, "", Output())
    return [name for name in _dag_ids(app) if name.startswith(incomplete)] if app.home.config.exists() else []


def services_and_dags(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """For `logs`, whose first argument is a service or a DAG."""
    if ctx.params.get(param.name or ""):
        return []
    return [*services(ctx, param, incomplete), *dags(ctx, param, incomplete)]


def _dag_ids(app: App) -> list[str]:
    """From a cache that is refreshed from the metadata database, and kept if that does not answer. An external database
    is not queried: that would start Airflow's Python, which takes seconds."""
    cache = app.home.cache / "dag-ids"
    if not cache.exists() or time.time() - cache.stat().st_mtime > CACHE_SECONDS:
        from mlopsctl.adapters import files
        from mlopsctl.adapters.airflow.metadb.queries import DAG_IDS
        from mlopsctl.core.errors import MlopsctlError

        try:
            query = not app.settings.external_metadata_db
            files.write(cache, app.postgres.query(DAG_IDS, timeout=QUERY_TIMEOUT) + "\n" if query else "")
        except MlopsctlError:
            old = cache.read_text(encoding="utf-8") if cache.exists() else ""
            files.write(cache, old)  # counts as fresh, so that not every key press queries a stopped database
    return cache.read_text(encoding="utf-8").split()
