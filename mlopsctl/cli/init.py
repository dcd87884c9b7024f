"""mlopsctl init."""

from pathlib import Path

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app
from mlopsctl.core.hint import NO_HINT, Hint
from mlopsctl.core.result import Message


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--template", type=click.Choice(["ml", "sql", "empty"]), default="ml", show_default=True,
    help="Pipeline to start from: train a model and predict, transform data in SQL, or a single task.",
)  # fmt: skip
@dry_run_option
@json_option
@pass_app
def init(app: App, directory: Path, template: str, dry_run: bool) -> int:
    """Create a project in DIR: a pipeline for Airflow 3, its tests, and a CI workflow.

    The name of DIR becomes the name of the DAG. DIR must be new or empty.
    """
    from mlopsctl.operations import init as operation

    settings = app.settings
    project = operation.Project(
        directory.expanduser().resolve(), operation.Template(template), settings.timezone, settings.airflow_version
    )
    plan = operation.plan(project)
    code = app.show(
        plan,
        lambda: operation.run(plan, project),
        data=lambda steps: {
            "directory": str(project.folder), "dag_id": project.name, "template": project.template, "steps": steps,
        },
        dry_run=dry_run,
    )  # fmt: skip
    if not dry_run:
        folders = dict.fromkeys((*settings.dags, str(project.dags)))  # setup replaces the list
        options = (word for folder in folders for word in ("--dags", folder))
        hint = NO_HINT if plan.notes else Hint.of("setup", *options)
        app.out.message(Message(f"created the DAG {project.name}, see {project.folder / 'README.md'}", hint=hint))
    return code
