"""mlopsctl adopt."""

import os
from pathlib import Path
from typing import TextIO

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app, yes_option
from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint


@click.command()
@click.argument("airflow_home", required=False, type=click.Path(path_type=Path))
@click.option("--metadata-db", metavar="URL", help="Read this database [default: that of its airflow.cfg].")
@click.option(
    "--fernet-key-file", type=click.File(),
    help="Read its Fernet key from a file (- is stdin) [default: that of its airflow.cfg]; several keys: by commas.",
)  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace what exists here with another value.")
@click.option("--take-settings", is_flag=True, help="Set the time zone of this platform to its time zone.")
@dry_run_option
@yes_option
@json_option
@pass_app
def adopt(
    app: App,
    airflow_home: Path | None,
    metadata_db: str | None,
    fernet_key_file: TextIO | None,
    overwrite: bool,
    take_settings: bool,
    dry_run: bool,
    yes: bool,
) -> int:
    """Take over an existing Airflow (2.7 to 3.3) into this platform.

    Copies its connections, variables, pools, roles and users with their passwords, and links its DAGs. The other
    Airflow is only read; it may be running. Safe to re-run: what is here already stays.
    """
    from mlopsctl.cli._common import secret_input
    from mlopsctl.cli._common.database_url import database_url
    from mlopsctl.operations.adopt import contents, plan, source

    url = database_url(metadata_db, "--metadata-db", "adopt")
    if not url and airflow_home is None:
        hint = Hint.of("adopt", str(Path.home() / "airflow"), "--dry-run", note="with the directory of its airflow.cfg")
        raise UsageError("neither an AIRFLOW_HOME nor --metadata-db is given.", hint=hint)
    key = secret_input.from_file(fernet_key_file, "key") if fernet_key_file else ""
    platform = app.platform
    with app.lock(dry_run):
        other = source.find(platform, airflow_home, url, key, os.environ)
        with app.out.busy("reading both metadata databases"):
            both = contents.read(platform, other)
        adoption = plan.plan(platform, other, both, overwrite=overwrite, take_settings=take_settings)
        return app.show(
            adoption.plan, lambda: plan.run(platform, adoption), data=adoption.data, dry_run=dry_run, yes=yes
        )
