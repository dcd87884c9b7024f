"""mlopsctl context add|list|use|remove."""

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app, yes_option
from mlopsctl.cli.context.add import add
from mlopsctl.core.result import Result

name_argument = click.argument("name", shell_complete=lambda _ctx, _param, incomplete: _names(incomplete))


@click.group()
def context() -> None:
    """Use Airflows elsewhere by their API."""


context.add_command(add)


@context.command("list")
@json_option
@pass_app
def list_(app: App) -> int:
    """List contexts. The current one has a star."""
    from mlopsctl.core import contexts
    from mlopsctl.core.paths import default_home

    chosen = contexts.current() or contexts.LOCAL
    found = [contexts.load(name) for name in contexts.names()]
    rows = [(contexts.LOCAL, str(default_home()), "", "")]
    rows += [(c.name, c.url, c.airflow_version, c.username or "token") for c in found]
    data = [
        {
            "name": c.name,
            "url": c.url,
            "airflow_version": c.airflow_version,
            "user": c.username or None,
            "feature_store": c.feature_store_url.exists(),
            "current": c.name == chosen,
        }
        for c in found
    ]
    return app.render(
        Result({"contexts": data, "current": chosen}),
        lambda out: out.table(
            ("", "CONTEXT", "ADDRESS", "AIRFLOW", "LOGIN"), [("*" if row[0] == chosen else "", *row) for row in rows]
        ),
    )


@context.command()
@name_argument
@dry_run_option
@json_option
@pass_app
def use(app: App, name: str, dry_run: bool) -> int:
    """Make NAME the current context.

    `local` is the platform of this machine. --home, --context and their variables take precedence.
    """
    from mlopsctl.operations.context import manage

    plan = manage.plan_use(name)
    return app.show(plan, lambda: manage.use(plan, name), dry_run=dry_run)


@context.command()
@name_argument
@dry_run_option
@yes_option
@json_option
@pass_app
def remove(app: App, name: str, dry_run: bool, yes: bool) -> int:
    """Forget context NAME and its login."""
    from mlopsctl.operations.context import manage

    plan = manage.plan_remove(name)
    return app.show(plan, lambda: manage.remove(name), dry_run=dry_run, yes=yes)


def _names(incomplete: str) -> list[str]:
    from mlopsctl.core import contexts

    return [name for name in (*contexts.names(), contexts.LOCAL) if name.startswith(incomplete)]
