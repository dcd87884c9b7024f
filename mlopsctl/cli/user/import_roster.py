"""mlopsctl user import."""

from pathlib import Path
from typing import Any

import click

from mlopsctl.cli._common import import_export
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app


@click.command("import")
@click.argument("file")
@click.option("--role", default="User", show_default=True, help="Set the role of new users without a role in FILE.")
@click.option(
    "--passwords", type=click.Path(path_type=Path),
    help="Write generated passwords to this file [default: secrets/roster-passwords.csv in the home].",
)  # fmt: skip
@dry_run_option
@json_option
@pass_app
def import_(app: App, file: str, role: str, passwords: Path | None, dry_run: bool) -> int:
    """Create and update the users of a class roster.

    FILE is CSV with the columns username,name,email,role; - is stdin. Passwords are generated and written to a file
    that only you can read. Safe to re-run: it creates missing users and updates those that differ.
    """
    from mlopsctl.adapters.airflow.accounts import API_READER, SERVICE_USER
    from mlopsctl.operations.user import import_roster, roster

    name = import_export.display_name(file)
    parsed = roster.parse(roster.decode(import_export.read_bytes(file), name), name)
    protected = (app.settings.admin_user, SERVICE_USER, API_READER)
    with app.out.busy("comparing the roster with Airflow's users"):
        users = {user.username: user for user in app.api.users()}
        entries = roster.resolve(parsed, users, app.api.roles(), protected, role)
    target = import_roster.PasswordFile((passwords or app.home.secret("roster-passwords.csv")).expanduser().absolute())
    plan = import_roster.plan(entries, users, target)

    def data(steps: list[dict[str, Any]]) -> dict[str, Any]:
        return {"steps": steps, "passwords": str(target.path) if target.path.exists() else None}

    return app.show(plan, lambda: import_roster.run(app.api, entries, users, target), data=data, dry_run=dry_run)
