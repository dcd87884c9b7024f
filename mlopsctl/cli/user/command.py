"""mlopsctl user create|list|delete|passwd|import."""

from typing import TextIO

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, option, pass_app, yes_option
from mlopsctl.cli.user.import_roster import import_
from mlopsctl.core.errors import MlopsctlError

password_file_option = option("--password-file", type=click.File(), help="The password's file (- is stdin).")


@click.group()
def user() -> None:
    """Create, list and delete Airflow users."""


user.add_command(import_)


@user.command()
@click.argument("username")
@option("--role", default="Admin", show_default=True, help="Admin, Op, User, Viewer or Public.")
@option("--email", help="Default: USERNAME@localhost.")
@password_file_option
@dry_run_option
@json_option
@pass_app
def create(app: App, username: str, role: str, email: str | None, password_file: TextIO | None, dry_run: bool) -> None:
    """Create USERNAME. The password: by prompt, by file, or made at random and shown once."""
    from mlopsctl.operations.user import accounts

    if dry_run:
        accounts.check_new(app.api, username)
        _planned(app, f"user {username} would be created with role {role}", {"username": username, "role": role})
        return
    given = _password(password_file, made=True)
    made = accounts.create(app.api, username, role, email or f"{username}@localhost", given)
    if made:
        app.out.text(f"password  {made}  (shown this once)")
    app.out.say(f"user {username} created with role {role}")
    app.out.envelope("user create", "ok", {"username": username, "role": role, "password": made})


@user.command("list")
@json_option
@pass_app
def list_(app: App) -> None:
    """Show all users."""
    rows = app.api.users()
    app.out.table(("USERNAME", "ROLE", "EMAIL"), [(r.username, r.role, r.email) for r in rows])
    data = {"users": [{"username": r.username, "role": r.role, "email": r.email} for r in rows]}
    app.out.envelope("user list", "ok", data)


@user.command()
@click.argument("username")
@dry_run_option
@yes_option
@json_option
@pass_app
def delete(app: App, username: str, dry_run: bool, yes: bool) -> None:
    """Delete USERNAME."""
    from mlopsctl.operations.user import accounts

    accounts.check_deletable(app.api, username, app.settings.admin_user)
    if dry_run:
        _planned(app, f"user {username} would be deleted", {"username": username})
        return
    app.confirm(f"Delete the user {username}?", yes)
    app.api.delete_user(username)
    app.out.say(f"user {username} deleted")
    app.out.envelope("user delete", "ok", {"username": username})


@user.command()
@click.argument("username")
@password_file_option
@dry_run_option
@json_option
@pass_app
def passwd(app: App, username: str, password_file: TextIO | None, dry_run: bool) -> None:
    """Set the password of USERNAME: by prompt or by file."""
    from mlopsctl.operations.user import accounts

    if dry_run:
        accounts.check_changeable(app.api, username)
        _planned(app, f"the password of {username} would be set", {"username": username})
        return
    password = _password(password_file, made=False)
    accounts.set_password(app.api, username, password)
    if username == app.settings.admin_user:
        from mlopsctl.adapters.files import write

        write(app.home.secret("admin-password"), password + "\n")  # where the screens say that it is
    app.out.say(f"password of {username} set")
    app.out.envelope("user passwd", "ok", {"username": username})


def _planned(app: App, words: str, data: dict[str, str]) -> None:
    app.out.say(words)
    app.out.envelope(app.command, "planned", data)


def _password(file: TextIO | None, *, made: bool) -> str:
    """From the file or a hidden prompt; empty (one is to be `made`) where nobody can be asked."""
    import sys

    from mlopsctl.cli._common import secret_input

    if file:
        return secret_input.from_file(file, "password")
    if sys.stdin.isatty():
        text = "Password (empty: one is made)" if made else "Password"
        password = click.prompt(
            text, hide_input=True, default="" if made else None, show_default=False, err=True,
            confirmation_prompt="The same again",
        )  # fmt: skip
        return str(password)
    if made:
        return ""
    raise MlopsctlError("there is no terminal to ask for the password on.", hint="give it with --password-file FILE")
