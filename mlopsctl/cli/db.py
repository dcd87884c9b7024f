"""mlopsctl db check|shell."""

import click

from mlopsctl.cli.app import App
from mlopsctl.cli.options import json_option, pass_app
from mlopsctl.errors import UsageError


@click.group()
def db() -> None:
    """Check both databases, or open a client."""


@db.command()
@json_option
@pass_app
def check(app: App) -> int:
    """Tell whether both databases answer."""
    from mlopsctl.operations import databases

    checks = databases.read(app.platform)
    app.out.table(("DATABASE", "STATE", "DETAIL"), [(c.name, c.state, c.detail) for c in checks])
    errors = [c.error for c in checks if c.error]
    for error in errors:
        error.hint = app.paste(error.hint)
        app.out.fail(error)
    data = {"databases": [{"name": c.name, "state": c.state, "detail": c.detail} for c in checks]}
    app.out.envelope("db check", "error" if errors else "ok", data, errors)
    return 1 if errors else 0


@db.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("args", nargs=-1, type=click.UNPROCESSED, metavar="[metadata|features] [-- ARGS]")
@pass_app
def shell(app: App, args: tuple[str, ...]) -> None:
    """Open a client on the feature store, or on the metadata; ARGS after -- go to the client."""
    from mlopsctl.adapters import process

    database, args = (args[0], args[1:]) if args and not args[0].startswith("-") else ("features", args)
    if database not in ("metadata", "features"):
        raise UsageError(f"there is no database {database!r}.", hint="mlopsctl db shell features")
    args = args[1:] if args[:1] == ("--",) else args
    platform = app.platform
    if database == "metadata":
        if platform.settings.external_metadata_db:
            raise UsageError("the metadata database was given by URL; use its own client.")
        command, env = platform.postgres.client()
    else:
        command, env = app.features.client(app.home.secret("my.cnf"))
    process.become([*command, *args], env)
