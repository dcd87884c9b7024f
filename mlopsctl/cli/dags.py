"""mlopsctl dags list|errors|clean|fix."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app, yes_option
from mlopsctl.cli._common.output import paste
from mlopsctl.core.errors import as_hint

if TYPE_CHECKING:
    from mlopsctl.operations.dags.listing import Explained


@click.group()
def dags() -> None:
    """List DAGs, explain import errors and mend them."""


def _warn_of_processor(app: App) -> None:
    if (state := app.api.health().get("dag_processor", "absent")) != "healthy":
        app.out.warn(f"the dag-processor is {state}: what stands here may be old. {app.call('logs', 'dag-processor')}")


@dags.command("list")
@json_option
@pass_app
def list_(app: App) -> None:
    """Show every DAG that Airflow knows."""
    from mlopsctl.operations.dags import listing as operation

    found = operation.read(app.api)
    _warn_of_processor(app)
    if not found:
        app.out.say("Airflow knows no DAG")
    rows = [
        (
            d.dag_id,
            d.schedule or "–",
            "paused" if d.paused else "active",
            ", ".join(d.tags),
            d.file.removeprefix(f"{app.home.dags}/"),
        )
        for d in found
    ]
    if rows:
        app.out.table(("DAG", "SCHEDULE", "STATE", "TAGS", "FILE"), rows)
    data = [
        {"dag_id": d.dag_id, "schedule": d.schedule, "paused": d.paused, "file": d.file, "tags": list(d.tags)}
        for d in found
    ]
    app.out.envelope("dags list", "ok", {"dags": data})


@dags.command()
@json_option
@pass_app
def errors(app: App) -> None:
    """Show every DAG file that cannot be imported, why, and what helps."""
    found = _errors(app)
    if not found:
        app.out.say("no import error")
    for error in found:
        app.out.text(f"{error.file}\n  {error.cause}: {error.message}\n  hint: {error.hint}")
        if app.out.verbose:
            app.out.text("\n".join(f"    {line}" for line in error.traceback.splitlines()))
    app.out.envelope("dags errors", "ok", {"errors": [_entry(error) for error in found]})


@dags.command()
@dry_run_option
@json_option
@pass_app
def clean(app: App, dry_run: bool) -> int:
    """Remove bytecode from the DAGs folder and what it links to, and have Airflow read every DAG file again."""
    from mlopsctl.operations.dags import reset_cache

    platform = app.platform
    with app.lock(dry_run):
        return app.show(reset_cache.plan(platform), lambda: reset_cache.run(platform), dry_run=dry_run)


@dags.command()
@dry_run_option
@yes_option
@json_option
@pass_app
def fix(app: App, dry_run: bool, yes: bool) -> int:
    """Do what the cause of each import error asks for; ask before packages are installed."""
    from mlopsctl.operations.dags import fix

    with app.lock(dry_run):
        found = _errors(app)
        if not found:
            app.out.say("no import error")
        plan = fix.plan(found)
        return app.show(plan, lambda: fix.run(app.platform, found), dry_run=dry_run, yes=yes)


def _errors(app: App) -> "list[Explained]":
    from mlopsctl.operations.dags import listing as operation

    _warn_of_processor(app)
    return [replace(error, hint=paste(as_hint(error.hint), app.program)) for error in operation.errors(app.platform)]


def _entry(error: "Explained") -> dict[str, Any]:
    """As the contract has it."""
    return {key: value for key, value in asdict(error).items() if key not in ("package", "link")}
