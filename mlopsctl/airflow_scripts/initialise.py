"""Run by the managed Airflow's Python: migrate the metadata database, create roles, users, connections and
variables. All in one process, because each start of Airflow takes seconds.

Reads JSON from stdin: {"users": [{"username", "email", "role", "password", "reset"}], "connections": {id: a URI, fields
of Connection, or null}, "variables": {key: value or null}, "new_release": whether another release may have written the
database}. Writes what differs; null removes an entry that this script has written. Prints JSON: {"changed": [names]},
or {"unknown_revision": that of the database} if a newer Airflow has written it: then nothing is changed.
"""

import gc
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from inspect import signature
from secrets import token_urlsafe
from typing import Any

OURS = "written by mlopsctl setup"  # the description that marks entries of this script


def migrate(new_release: bool) -> None:
    from airflow.providers_manager import ProvidersManager
    from airflow.utils import db

    # Without it, 3.0 and 3.1 do not know the defaults of FAB's options, which creating FAB's tables reads.
    ProvidersManager().initialize_providers_configuration()
    if new_release or is_outdated():  # 2.10 and 2.11 have the same tables, and different sessions in them
        delete_web_sessions()
    options = {"load_connections": False} if "load_connections" in signature(db.initdb).parameters else {}  # 2.x
    db.initdb(**options)


def unknown_revision() -> str:
    """The revision of the database if this Airflow does not know it, because a newer one wrote it; otherwise empty."""
    from airflow.utils import db
    from airflow.utils.session import create_session
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    with create_session() as session:
        revision = db._get_current_revision(session)
    if revision is None:
        return ""
    try:
        ScriptDirectory.from_config(db._get_alembic_config()).get_revision(revision)
    except CommandError:
        return str(revision)
    return ""


def is_outdated() -> bool:
    """Whether the tables are those of an older release."""
    from airflow.utils import db

    try:
        db.check_migrations(0)
    except TimeoutError:
        return True
    return False


def delete_web_sessions() -> None:
    """Of users who are logged in: a newer release cannot read them, and fails when it changes a password."""
    from airflow.utils.session import create_session
    from sqlalchemy import inspect, text

    with create_session() as session:
        if inspect(session.connection()).has_table("session"):
            session.execute(text("DELETE FROM session"))


def application_builder() -> Any:
    """A context with Airflow's users and roles. Raises ImportError."""
    for module in (
        "airflow.providers.fab.auth_manager.cli_commands.utils",
        "airflow.auth.managers.fab.cli_commands.utils",  # 2.8
        "airflow.utils.cli_app_builder",  # 2.7
    ):
        try:
            return import_module(module).get_application_builder()
        except ModuleNotFoundError:
            continue
    raise ImportError("this Airflow has no FAB auth manager")


@contextmanager
def one_transaction() -> Iterator[None]:
    """FAB commits after each of 430 changes: it waits for the disk, and reads what it has written again. If another
    process writes the same at this time, FAB rolls back, now all of it: sync_roles() has to follow."""
    from airflow import settings

    session = settings.Session()
    session.commit = session.flush
    try:
        yield
    finally:
        del session.commit
    session.commit()


def write_users(users: list[dict[str, Any]]) -> list[str]:
    from flask import current_app

    changed = []
    with ExitStack() as stack:
        with one_transaction():
            sm = stack.enter_context(application_builder()).sm  # which writes the roles, since Airflow 3
        sm.sync_roles()
        if not current_app.secret_key:  # before 2.9, a changed password leaves a message for the next page
            current_app.secret_key = token_urlsafe()
            stack.enter_context(current_app.test_request_context())
        for user in users:
            known = sm.find_user(username=user["username"])
            if known is None:
                role = sm.find_role(user["role"])
                if not sm.add_user(user["username"], user["username"], "-", user["email"], role, user["password"]):
                    raise SystemExit(f"user {user['username']} could not be created")
            elif user["reset"]:
                sm.reset_password(known.id, user["password"])
            else:
                continue
            changed.append(f"user {user['username']}")
    return changed


def write_connections(connections: dict[str, str | dict[str, Any] | None]) -> list[str]:
    from airflow.models import Connection
    from airflow.utils.session import create_session

    changed = []
    with create_session() as session:
        for conn_id, given in connections.items():
            known = session.query(Connection).filter(Connection.conn_id == conn_id).one_or_none()
            wanted = _connection(conn_id, given)
            if wanted is None and (known is None or known.description != OURS):
                continue
            if known is not None and wanted is not None and known.get_uri() == wanted.get_uri():
                continue
            if known is not None:
                session.delete(known)
                session.flush()
            if wanted is not None:
                session.add(wanted)
            changed.append(f"connection {conn_id}")
    return changed


def _connection(conn_id: str, given: str | dict[str, Any] | None) -> Any:
    from airflow.models import Connection

    if given is None:
        return None
    fields = {"uri": given} if isinstance(given, str) else given
    return Connection(conn_id=conn_id, description=OURS, **fields)


def write_variables(variables: dict[str, str | None]) -> list[str]:
    from airflow.models import Variable
    from airflow.utils.session import create_session

    changed = []
    with create_session() as session:
        for key, value in variables.items():
            known = session.query(Variable).filter(Variable.key == key).one_or_none()
            if value is None and (known is None or known.description != OURS):
                continue
            if known is not None and known.get_val() == value:
                continue
            if value is None:
                session.delete(known)
            elif known is None:
                session.add(Variable(key=key, val=value, description=OURS))
            else:
                known.set_val(value)
            changed.append(f"variable {key}")
    return changed


def main() -> None:
    gc.disable()  # its objects stay until it ends, soon
    wanted = json.load(sys.stdin)
    if revision := unknown_revision():
        sys.stdout.write("\n" + json.dumps({"unknown_revision": revision}) + "\n")
        return
    migrate(wanted["new_release"])
    changed = [
        *write_users(wanted["users"]),
        *write_connections(wanted["connections"]),
        *write_variables(wanted["variables"]),
    ]
    sys.stdout.write("\n" + json.dumps({"changed": changed}) + "\n")


main()
gc.freeze()  # otherwise, Python looks for garbage once more before it ends, which takes a fifth of all CPU time
