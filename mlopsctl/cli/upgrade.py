"""mlopsctl upgrade."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, option, pass_app
from mlopsctl.core.settings import AIRFLOW_VERSION

if TYPE_CHECKING:
    from mlopsctl.operations.upgrade import Upgrade


@click.command()
@option("--airflow-version", default=AIRFLOW_VERSION, show_default=True, help="The Airflow release to install.")
@option("--python", help="Another Python for it: a path, or X.Y.")
@option("--constraints", help="auto, official, bundled, a file or a URL.")
@option("--offline", is_flag=True, help="No network but what uv has in its cache.")
@dry_run_option
@json_option
@pass_app
def upgrade(
    app: App, airflow_version: str, python: str | None, constraints: str | None, offline: bool, dry_run: bool
) -> int:
    """Put another Airflow in the place of the installed one.

    It is installed beside it, and takes its place once the metadata are dumped and all is proven to be well. Where
    anything fails, the old one runs again with its metadata. Killed, the same command goes on.
    """
    from mlopsctl.adapters.constraints import KEYWORDS
    from mlopsctl.operations import upgrade as operation

    app.need_setup()
    if not constraints and app.settings.constraints not in KEYWORDS:
        constraints = "auto"  # the file that was given is for the old version
    with app.lock(dry_run):
        wanted = app.settings.changed(airflow_version=airflow_version, python=python, constraints=constraints)
        this = operation.Upgrade(app.platform, app.platform_with(wanted), offline)
        before = this.before
        this = replace(this, old=app.platform_with(app.settings.changed(airflow_version=before)))
        plan = operation.plan(this)
        return app.show(
            plan, lambda: operation.run(this), data=lambda steps: _data(this, before, steps), dry_run=dry_run
        )


def _data(upgrade: "Upgrade", before: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
    record = upgrade.new.venv.record()
    dump: Path = upgrade.home.metadata_backups / f"metadata-{before}.sql"
    return {
        "steps": steps,
        "from": before,
        "airflow_version": record.airflow_version if record else "",
        "dump": str(dump) if dump.exists() else "",
        "constraints": record.constraints if record else "",
    }
