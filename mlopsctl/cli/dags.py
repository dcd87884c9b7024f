"""mlopsctl dags list|errors."""

from dataclasses import asdict, replace

import click

from mlopsctl.cli.app import App
from mlopsctl.cli.options import json_option, pass_app


@click.group()
def dags() -> None:
    """List DAGs and import errors."""


def _warn_of_processor(app: App) -> None:
    if (state := app.api.health().get("dag_processor", "absent")) != "healthy":
        app.out.warn(f"the dag-processor is {state}: what stands here may be old. {app.call('logs dag-processor')}")


@dags.command("list")
@json_option
@pass_app
def list_(app: App) -> None:
    """Show every DAG that Airflow knows."""
    from mlopsctl.operations import dags as operation

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
    from mlopsctl.operations import dags as operation

    _warn_of_processor(app)
    found = [replace(error, hint=app.paste(error.hint)) for error in operation.errors(app.api)]
    if not found:
        app.out.say("no import error")
    for error in found:
        app.out.text(f"{error.file}\n  {error.cause}: {error.message}\n  hint: {error.hint}")
        if app.out.verbose:
            app.out.text("\n".join(f"    {line}" for line in error.traceback.splitlines()))
    app.out.envelope("dags errors", "ok", {"errors": [asdict(error) for error in found]})
