"""mlopsctl user import."""

import sys
from pathlib import Path
from typing import Any

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, option, pass_app
from mlopsctl.core.errors import MlopsctlError


@click.command("import")
@click.argument("file")
@option("--role", default="User", show_default=True, help="Of those who have none in FILE.")
@option("--passwords", type=click.Path(path_type=Path), help="Default: roster-passwords.csv in the home's secrets.")
@dry_run_option
@json_option
@pass_app
def import_(app: App, file: str, role: str, passwords: Path | None, dry_run: bool) -> int:
    """Make the users of a roster. FILE is CSV with the columns username,name,email,role; - is stdin.

    Passwords are made, and written to a file that only you can read. Said again, it makes whoever is missing.
    """
    from mlopsctl.adapters.airflow.accounts import API_READER, SERVICE_USER
    from mlopsctl.operations.user import import_roster, roster

    called = "stdin" if file == "-" else file
    listed = roster.parse(roster.decode(_read(file), called), called)
    kept = (app.settings.admin_user, SERVICE_USER, API_READER)
    with app.out.busy("comparing with the users that there are"):
        users = {user.username: user for user in app.api.users()}
        people = roster.settle(listed, users, app.api.roles(), kept, role)
    target = import_roster.Passwords((passwords or app.home.secret("roster-passwords.csv")).expanduser().absolute())
    target.read()
    plan = import_roster.plan(people, users)

    def data(steps: list[dict[str, Any]]) -> dict[str, Any]:
        return {"steps": steps, "passwords": str(target.file) if target.file.exists() else None}

    code = app.show(plan, lambda: import_roster.run(app.api, plan, people, users, target), data=data, dry_run=dry_run)
    if not dry_run and any(step.what.startswith("make") for step in plan.steps):
        app.out.say(f"passwords  {target.file}")
    return code


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).expanduser().read_bytes()
    except OSError as e:
        raise MlopsctlError(f"{file} cannot be read: {e.strerror}.", hint=f"ls -l '{file}'", code="unreadable") from e
