"""mlopsctl upgrade."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app
from mlopsctl.core.settings import AIRFLOW_VERSION

if TYPE_CHECKING:
    from mlopsctl.operations.upgrade.state import Upgrade


@click.command()
@click.option(
    "--airflow-version", metavar="VERSION", default=AIRFLOW_VERSION, show_default=True,
    help="Airflow release to install.",
)  # fmt: skip
@click.option("--python", metavar="PATH|X.Y", help="Use another Python for Airflow.")
@click.option("--constraints", metavar="SOURCE", help="Constraint file: auto, official, bundled, a file or a URL.")
@click.option("--offline", is_flag=True, help="Install from uv's cache only; never use the network.")
@dry_run_option
@json_option
@pass_app
def upgrade(
    app: App, airflow_version: str, python: str | None, constraints: str | None, offline: bool, dry_run: bool
) -> int:
    """Replace the installed Airflow with another release.

    The new release is installed next to the old one. Then Airflow stops, its metadata are dumped and migrated, and the
    new release starts. If anything fails, the old release and its metadata are restored. Safe to re-run after it was
    killed.
    """
    from mlopsctl.adapters.constraints import KEYWORDS
    from mlopsctl.operations.upgrade import steps as operation
    from mlopsctl.operations.upgrade.state import Upgrade

    app.need_setup()
    if not constraints and app.settings.constraints not in KEYWORDS:
        constraints = "auto"  # the stored constraint file is for the old release
    with app.lock(dry_run):
        changed = app.settings.changed(airflow_version=airflow_version, python=python, constraints=constraints)
        requested = Upgrade(app.platform, app.platform_with(changed), offline)
        old_version = requested.old_version
        old = app.platform_with(app.settings.changed(airflow_version=old_version))
        requested = replace(requested, old=old)
        return app.show(
            operation.plan(requested),
            lambda: operation.run(requested),
            data=partial(_data, requested, old_version),
            dry_run=dry_run,
        )


def _data(upgrade: "Upgrade", old_version: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
    record = upgrade.new.venv.record()
    dump = upgrade.home.metadata_backups / f"metadata-{old_version}.sql"
    return {
        "steps": steps,
        "from": old_version,
        "airflow_version": record.airflow_version if record else "",
        "dump": str(dump) if dump.exists() else "",
        "constraints": record.constraints if record else "",
    }
