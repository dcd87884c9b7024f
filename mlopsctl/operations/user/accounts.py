"""Airflow's users, through its REST API."""

import secrets

from mlopsctl.adapters.airflow.accounts import API_READER, SERVICE_USER
from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint


def create(api: AirflowApi, username: str, role: str, email: str, password: str) -> str:
    """Create a user; the password where it had to be made, else empty. Raises MlopsctlError: taken, no such role."""
    check_new(api, username)
    made = "" if password else secrets.token_urlsafe(12)
    try:
        api.create_user(username, role, email, password or made)
    except MlopsctlError as e:
        if "Unknown roles" in e.message:
            raise MlopsctlError(
                f"there is no role {role!r}.",
                hint="choose among Admin, Op, User, Viewer and Public",
                code="unknown-role",
            ) from e
        raise
    return made


def check_new(api: AirflowApi, username: str) -> None:
    """Raises MlopsctlError where the name is taken."""
    if username in {u.username for u in api.users()}:
        raise MlopsctlError(
            f"there is a user {username} already.", hint=Hint.of("user", "passwd", username), code="user-exists"
        )


def check_deletable(api: AirflowApi, username: str, admin: str) -> None:
    """Raises MlopsctlError: no such user, the `admin` whom setup promises, or the account that mlopsctl itself uses."""
    if username == admin:
        raise MlopsctlError(
            f"{username} is the user that setup made; it stays as long as it is that.",
            hint=Hint.of("setup", "--admin-user", "OTHER", "makes", "another"),
            code="admin-user",
        )
    check_changeable(api, username)


def check_changeable(api: AirflowApi, username: str) -> None:
    """Raises MlopsctlError: no such user, or an account that mlopsctl or its pipelines work with."""
    _known(api, username)
    if username in (SERVICE_USER, API_READER):
        who = "mlopsctl itself works" if username == SERVICE_USER else "the pipelines read Airflow's API"
        raise MlopsctlError(
            f"{username} is the account that {who} with; it stays.",
            hint=Hint.of("user", "list"),
            code="service-user",
        )


def set_password(api: AirflowApi, username: str, password: str) -> None:
    """Raises MlopsctlError: no such user, or the account whose password is mlopsctl's own."""
    check_changeable(api, username)
    api.set_password(username, password)


def _known(api: AirflowApi, username: str) -> None:
    names = [u.username for u in api.users()]
    if username not in names:
        raise MlopsctlError(f"there is no user {username}.", hint=Hint.of("user", "list"), code="unknown-user")
