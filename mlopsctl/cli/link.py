"""mlopsctl link add|list|remove."""

from pathlib import Path

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app, yes_option
from mlopsctl.core.errors import UsageError
from mlopsctl.core.names import LINK
from mlopsctl.core.names import check as check_name
from mlopsctl.core.result import Result


@click.group()
def link() -> None:
    """Link DAG packages into the DAGs folder."""


def _link_name(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str:
    if value is None:
        return ""
    check_name(LINK, value)
    return value


@link.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--name", callback=_link_name, help="Name the link; for a single path [default: the name of the path].")
@dry_run_option
@yes_option
@json_option
@pass_app
def add(app: App, paths: tuple[Path, ...], name: str, dry_run: bool, yes: bool) -> int:
    """Link PATHS, each a package or a file.

    Asks before it replaces a link to another target; a real file is never replaced.
    """
    from mlopsctl.operations.dags import links

    if name and len(paths) > 1:
        raise UsageError("--name is for a single path.", hint="link the paths one after the other")
    targets = [p.expanduser() for p in paths]
    app.need_setup()
    with app.lock(dry_run):
        plan = links.plan(app.home.dags, targets, name)
        return app.show(plan, lambda: links.run(plan, app.home.dags, targets, name), dry_run=dry_run, yes=yes)


@link.command("list")
@json_option
@pass_app
def list_(app: App) -> int:
    """List the entries of the DAGs folder."""
    from mlopsctl.operations.dags import links

    app.need_setup()
    found = links.list_links_with_states(app.home.dags)
    rows = [(link.name, link.state, link.target) for link in found]
    data = {"links": [{"name": link.name, "target": link.target, "state": link.state} for link in found]}
    return app.render(Result(data), lambda out: out.table(("NAME", "STATE", "TARGET"), rows))


@link.command()
@click.argument("names", nargs=-1, required=True)
@dry_run_option
@json_option
@pass_app
def remove(app: App, names: tuple[str, ...], dry_run: bool) -> int:
    """Remove links by NAME; their targets are kept."""
    from mlopsctl.operations.dags import links

    app.need_setup()
    with app.lock(dry_run):
        plan = links.plan_removal(app.home.dags, names)
        return app.show(plan, lambda: links.remove(plan, app.home.dags), dry_run=dry_run)
