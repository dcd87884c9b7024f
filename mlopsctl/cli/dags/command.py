"""mlopsctl dags list|errors|clean|fix|pause|unpause|check|migrate."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app, yes_option
from mlopsctl.cli._common.output import Output
from mlopsctl.cli._common.render import hint_command
from mlopsctl.cli.dags.check import check
from mlopsctl.cli.dags.migrate import migrate
from mlopsctl.cli.dags.switch import pause, unpause
from mlopsctl.core.result import Message, Result

if TYPE_CHECKING:
    from mlopsctl.operations.dags.import_errors.listing import ImportDiagnosis

NO_ERRORS = Message("no import errors")


@click.group()
def dags() -> None:
    """List, pause, check and repair DAGs."""


for command in (check, migrate, pause, unpause):
    dags.add_command(command)


@dags.command("list")
@json_option
@pass_app
def list_(app: App) -> int:
    """List all DAGs."""
    from mlopsctl.operations.dags import processor_health

    found = app.api.dags()
    rows = [
        (
            dag.dag_id,
            dag.schedule or "–",
            "paused" if dag.paused else "active",
            ", ".join(dag.tags),
            dag.file.removeprefix(f"{app.home.dags}/"),
        )
        for dag in found
    ]
    data = [
        {"dag_id": dag.dag_id, "schedule": dag.schedule, "paused": dag.paused, "file": dag.file, "tags": list(dag.tags)}
        for dag in found
    ]
    messages = () if found else (Message("Airflow has no DAGs"),)
    return app.render(
        Result({"dags": data}, messages=(*processor_health.warnings(app.api, elsewhere=bool(app.context)), *messages)),
        lambda out: out.table(("DAG", "SCHEDULE", "STATE", "TAGS", "FILE"), rows) if rows else None,
    )


@dags.command()
@json_option
@pass_app
def errors(app: App) -> int:
    """Show import errors, their causes, and how to fix them."""
    from mlopsctl.operations.dags import processor_health
    from mlopsctl.operations.dags.import_errors import listing

    found = listing.diagnose_remote(app.api) if app.context else listing.diagnose_all(app.platform)
    messages = () if found else (NO_ERRORS,)
    return app.render(
        Result(
            {"errors": [_data(error, app.program) for error in found]},
            messages=(*processor_health.warnings(app.api, elsewhere=bool(app.context)), *messages),
        ),
        lambda out: _show(out, found),
    )


@dags.command()
@dry_run_option
@json_option
@pass_app
def clean(app: App, dry_run: bool) -> int:
    """Remove stale bytecode and have Airflow read every DAG file again.

    Removes it from the DAGs folder and from linked packages.
    """
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
    """Fix import errors that can be fixed automatically.

    Links packages, removes stale bytecode, and installs missing packages after asking.
    """
    from mlopsctl.operations.dags import fix, processor_health
    from mlopsctl.operations.dags.import_errors import listing

    with app.lock(dry_run):
        for warning in processor_health.warnings(app.api):
            app.out.message(warning)
        found = listing.diagnose_all(app.platform)
        if not found:
            app.out.message(NO_ERRORS)
        return app.show(fix.plan(found), lambda: fix.run(app.platform, found), dry_run=dry_run, yes=yes)


def _show(out: Output, errors: "Sequence[ImportDiagnosis]") -> None:
    for error in errors:
        out.text(f"{error.file}\n  {error.cause}: {error.message}\n  hint: {error.hint.text(out.program)}")
        if out.verbose:
            out.text("\n".join(f"    {line}" for line in error.traceback.splitlines()))


def _data(error: "ImportDiagnosis", program: str) -> dict[str, Any]:
    return {
        "file": error.file,
        "cause": error.cause,
        "message": error.message,
        "hint": error.hint.text(program),
        "hint_command": hint_command(error.hint),
        "traceback": error.traceback,
    }
