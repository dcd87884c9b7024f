"""mlopsctl user create|list|delete|passwd|import."""

from typing import TextIO

import click

from mlopsctl.cli._common import secret_input
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app, yes_option
from mlopsctl.cli.user.import_roster import import_
from mlopsctl.core.result import Message, Result
from mlopsctl.core.states import Status

password_file_option = click.option(
    "--password-file", type=click.File(), help="Read the password from a file (- is stdin) instead of a prompt."
)


@click.group()
def user() -> None:
    """Manage Airflow users."""


user.add_command(import_)


@user.command()
@click.argument("username")
@click.option("--role", default="Admin", show_default=True, help="Set the role: Admin, Op, User, Viewer or Public.")
@click.option("--email", help="Set the email address [default: USERNAME@localhost].")
@password_file_option
@dry_run_option
@json_option
@pass_app
def create(app: App, username: str, role: str, email: str | None, password_file: TextIO | None, dry_run: bool) -> int:
    """Create user USERNAME.

    Without a password, one is generated and shown once.
    """
    from mlopsctl.operations.user import accounts

    address = email or f"{username}@localhost"
    if dry_run:
        accounts.check_new(app.api, username, address)
        message = Message(f"User {username} would be created with role {role}")
        return app.render(Result({"username": username, "role": role}, Status.PLANNED, (message,)))
    password = secret_input.new_password(password_file, generated=True)
    generated = accounts.create(app.api, username, role, address, password)
    shown = f"password  {generated}  (shown only once)"
    return app.render(
        Result(
            {"username": username, "role": role, "password": generated},
            messages=(Message(f"User {username} created with role {role}"),),
        ),
        (lambda out: out.text(shown)) if generated else None,
    )


@user.command("list")
@json_option
@pass_app
def list_(app: App) -> int:
    """List users."""
    users = app.api.users()
    rows = [(user.username, user.role, user.email) for user in users]
    data = {"users": [{"username": name, "role": role, "email": email} for name, role, email in rows]}
    return app.render(Result(data), lambda out: out.table(("USERNAME", "ROLE", "EMAIL"), rows))


@user.command()
@click.argument("username")
@dry_run_option
@yes_option
@json_option
@pass_app
def delete(app: App, username: str, dry_run: bool, yes: bool) -> int:
    """Delete user USERNAME."""
    from mlopsctl.operations.user import accounts

    accounts.check_deletable(app.api, username, app.settings.admin_user)
    data = {"username": username}
    if dry_run:
        return app.render(Result(data, Status.PLANNED, (Message(f"User {username} would be deleted"),)))
    app.confirm(f"Delete user {username}?", yes)
    app.api.delete_user(username)
    return app.render(Result(data, messages=(Message(f"User {username} deleted"),)))


@user.command()
@click.argument("username")
@password_file_option
@dry_run_option
@json_option
@pass_app
def passwd(app: App, username: str, password_file: TextIO | None, dry_run: bool) -> int:
    """Set the password of user USERNAME."""
    from mlopsctl.operations.user import accounts

    data = {"username": username}
    if dry_run:
        accounts.check_changeable(app.api, username)
        return app.render(Result(data, Status.PLANNED, (Message(f"Password of {username} would be set"),)))
    password = secret_input.new_password(password_file, generated=False)
    is_own_admin = username == app.settings.admin_user and not app.context
    admin_secret = app.home.secret("admin-password") if is_own_admin else None
    accounts.set_password(app.api, username, password, admin_secret)
    return app.render(Result(data, messages=(Message(f"Password of {username} set"),)))
