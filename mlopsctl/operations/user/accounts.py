"""Airflow's users: created, deleted, their passwords set."""

import re
import secrets
from pathlib import Path

from mlopsctl.adapters import files
from mlopsctl.adapters.airflow.accounts import API_READER, SERVICE_USER
from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core import names
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint


def create(api: AirflowApi, username: str, role: str, email: str, password: str) -> str:
    """Create a user. Without a `password` one is generated and returned; otherwise returns "". Raises MlopsctlError if
    the user exists or the role does not."""
    check_new(api, username, email)
    generated = "" if password else secrets.token_urlsafe(12)
    try:
        api.create_user(username, role, email, password or generated)
    except MlopsctlError as e:
        if "Unknown roles" in e.message:
            raise MlopsctlError(
                f"there is no role {role!r}.",
                hint="choose Admin, Op, User, Viewer or Public",
                code="unknown-role",
            ) from e
        raise
    return generated


def is_email(text: str) -> bool:
    return bool(re.fullmatch(r"[^@\s]+@[^@\s]+", text))


def check_new(api: AirflowApi, username: str, email: str) -> None:
    """Raises UsageError for an invalid name or email address, MlopsctlError if the user exists."""
    names.check(names.USER, username)
    if not is_email(email):
        raise UsageError(f"invalid email address {email!r}.", hint="NAME@HOST")
    # Airflow compares them without regard to case.
    if existing := next((u.username for u in api.users() if u.username.lower() == username.lower()), ""):
        raise MlopsctlError(
            f"user {existing} already exists.",
            hint=Hint.of("user", "passwd", existing, note="sets another password"),
            code="user-exists",
        )


def check_deletable(api: AirflowApi, username: str, admin: str) -> None:
    """Raises MlopsctlError for an unknown user, for the `admin` of the platform, and for its service accounts."""
    if username == admin:
        raise MlopsctlError(
            f"{username} is the admin of the platform and cannot be deleted.",
            hint=Hint.of("setup", "--admin-user", "OTHER", note="makes another user the admin"),
            code="admin-user",
        )
    check_changeable(api, username)


def check_changeable(api: AirflowApi, username: str) -> None:
    """Raises MlopsctlError for an unknown user, and for the service accounts of the platform."""
    if username not in {user.username for user in api.users()}:
        raise MlopsctlError(f"there is no user {username}.", hint=Hint.of("user", "list"), code="unknown-user")
    if username in (SERVICE_USER, API_READER):
        owner = "mlopsctl itself" if username == SERVICE_USER else "the pipelines"
        raise MlopsctlError(
            f"{username} is the account of {owner} and cannot be changed.",
            hint=Hint.of("user", "list"),
            code="service-user",
        )


def set_password(api: AirflowApi, username: str, password: str, admin_secret: Path | None = None) -> None:
    """`admin_secret`: where the password of the platform's admin is kept. Raises MlopsctlError as above."""
    check_changeable(api, username)
    api.set_password(username, password)
    if admin_secret:
        files.write(admin_secret, password + "\n")
