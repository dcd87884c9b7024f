"""mlopsctl db check|migrate|reset|shell."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app, yes_option
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Result
from mlopsctl.core.states import DatabaseName, Status

if TYPE_CHECKING:
    from mlopsctl.operations.db.check import DatabaseStatus

database_argument = click.argument("database", required=False, type=click.Choice([name.value for name in DatabaseName]))


@click.group()
def db() -> None:
    """Check, migrate or reset the databases, or open a client."""


@db.command()
@json_option
@pass_app
def check(app: App) -> int:
    """Check whether both databases respond."""
    from mlopsctl.operations.db import check

    databases = check.read(app.platform)
    errors = tuple(d.error for d in databases if d.error)
    data = {"databases": [{"name": d.name, "state": d.state, "detail": d.detail} for d in databases]}
    result = Result(data, Status.ERROR if errors else Status.OK, errors=errors)
    return app.render(result, lambda out: _show_databases(out, databases))


def _show_databases(out: Output, databases: "Sequence[DatabaseStatus]") -> None:
    out.table(("DATABASE", "STATE", "DETAIL"), [(d.name, d.state, d.detail) for d in databases])


@db.command()
@database_argument
@dry_run_option
@json_option
@pass_app
def migrate(app: App, database: str | None, dry_run: bool) -> int:
    """Migrate both databases, or only one.

    Updates Airflow's metadata to the installed release, and creates missing tables in the feature store. Airflow is
    stopped only if migrations are pending.
    """
    from mlopsctl.operations.db import migrate as operation

    names = _selected(database)
    with app.lock(dry_run):
        plan = operation.plan(app.platform, names)
        return app.show(plan, lambda: operation.run(app.platform, names), dry_run=dry_run)


@db.command()
@database_argument
@dry_run_option
@yes_option
@json_option
@pass_app
def reset(app: App, database: str | None, dry_run: bool, yes: bool) -> int:
    """Delete everything in both databases, or only one.

    Lists what will be lost, and asks first. Then creates the databases again, as setup does.
    """
    from mlopsctl.operations.db import reset as operation

    names = _selected(database)
    app.need_setup()
    with app.lock(dry_run):
        plan = operation.plan(app.platform, names)
        return app.show(plan, lambda: operation.run(app.platform, names), dry_run=dry_run, yes=yes)


def _selected(database: str | None) -> list[DatabaseName]:
    return [DatabaseName(database)] if database else list(DatabaseName)


@db.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("args", nargs=-1, type=click.UNPROCESSED, metavar="[metadata|features] [-- ARGS]")
@pass_app
def shell(app: App, args: tuple[str, ...]) -> None:
    """Open a client of the feature store, or of the metadata.

    ARGS after -- are passed to the client.
    """
    from mlopsctl.adapters import process

    database, args = (args[0], args[1:]) if args and not args[0].startswith("-") else (DatabaseName.FEATURES, args)
    if database not in list(DatabaseName):
        raise UsageError(f"there is no database {database!r}.", hint=Hint.of("db", "shell", "features"))
    args = args[1:] if args[:1] == ("--",) else args
    platform = app.platform
    if database == DatabaseName.FEATURES:
        command, env = app.features.client(app.home.secret("my.cnf"))
    elif platform.settings.external_metadata_db:
        raise UsageError(
            "mlopsctl opens no client on a metadata database that was given by URL.",
            hint="connect with psql and the URL in secrets/metadata-url",
        )
    else:
        command, env = platform.postgres.client()
    process.exec_program([*command, *args], env)
