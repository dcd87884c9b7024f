"""mlopsctl db check|migrate|reset|shell."""

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app, yes_option
from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint


@click.group()
def db() -> None:
    """Check, migrate or reset the databases, or open a client."""


@db.command()
@json_option
@pass_app
def check(app: App) -> int:
    """Tell whether both databases answer."""
    from mlopsctl.operations.db import check

    checks = check.read(app.platform)
    app.out.table(("DATABASE", "STATE", "DETAIL"), [(c.name, c.state, c.detail) for c in checks])
    errors = [c.error for c in checks if c.error]
    for error in errors:
        app.out.fail(error)
    data = {"databases": [{"name": c.name, "state": c.state, "detail": c.detail} for c in checks]}
    app.out.envelope("db check", "error" if errors else "ok", data, errors)
    return 1 if errors else 0


which_argument = click.argument("which", required=False, type=click.Choice(["metadata", "features"]))


@db.command()
@which_argument
@dry_run_option
@json_option
@pass_app
def migrate(app: App, which: str | None, dry_run: bool) -> int:
    """Bring both databases, or WHICH, to the schema of now. Airflow rests meanwhile, where there is something to do."""
    from mlopsctl.operations.db import migrate as operation
    from mlopsctl.operations.db.maintenance import BOTH

    names = [which] if which else list(BOTH)
    with app.lock(dry_run):
        plan = operation.plan(app.platform, names)
        return app.show(plan, lambda: operation.run(app.platform, names), dry_run=dry_run)


@db.command()
@which_argument
@dry_run_option
@yes_option
@json_option
@pass_app
def reset(app: App, which: str | None, dry_run: bool, yes: bool) -> int:
    """Empty both databases, or WHICH, and make them anew as setup does. Asks, and names what is lost."""
    from mlopsctl.operations.db import reset as operation
    from mlopsctl.operations.db.maintenance import BOTH

    names = [which] if which else list(BOTH)
    app.need_setup()
    with app.lock(dry_run):
        plan = operation.plan(app.platform, names)
        return app.show(plan, lambda: operation.run(app.platform, names), dry_run=dry_run, yes=yes)


@db.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("args", nargs=-1, type=click.UNPROCESSED, metavar="[metadata|features] [-- ARGS]")
@pass_app
def shell(app: App, args: tuple[str, ...]) -> None:
    """Open a client on the feature store, or on the metadata; ARGS after -- go to the client."""
    from mlopsctl.adapters import process

    database, args = (args[0], args[1:]) if args and not args[0].startswith("-") else ("features", args)
    if database not in ("metadata", "features"):
        raise UsageError(f"there is no database {database!r}.", hint=Hint.of("db", "shell", "features"))
    args = args[1:] if args[:1] == ("--",) else args
    platform = app.platform
    if database == "metadata":
        if platform.settings.external_metadata_db:
            raise UsageError(
                "the metadata database was given by URL; use its own client.",
                hint="psql with the URL in secrets/metadata-url",
            )
        command, env = platform.postgres.client()
    else:
        command, env = app.features.client(app.home.secret("my.cnf"))
    process.exec_program([*command, *args], env)
