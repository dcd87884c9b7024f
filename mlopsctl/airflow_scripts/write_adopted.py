"""Run by the managed Airflow's Python: write what `adopt` takes over. Each entry is replaced or created in a
transaction of its own; all other entries are kept.

Reads JSON from stdin: {"connections", "variables", "pools", "roles", "users": {name: fields, as read_platforms.py
prints them}}. Prints JSON: {"failed": {"user NAME": reason}}.
"""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

Fields = Mapping[str, Any]
failed: dict[str, str] = {}


def write_all(kind: str, entries: Mapping[str, Fields], write: Callable[[str, Fields], None]) -> None:
    for name, fields in entries.items():
        try:
            write(name, fields)
        except Exception as e:  # noqa: BLE001  # any error concerns this entry only, and is reported
            known = isinstance(e, Rejected)
            failed[f"{kind} {name}"] = str(e) if known else type(e).__name__  # its message may contain a secret


class Rejected(Exception):
    """Its message contains no secret."""


def write_connection(name: str, fields: Fields) -> None:
    from airflow.models import Connection
    from airflow.utils.session import create_session

    with create_session() as session:
        for known in session.query(Connection).filter(Connection.conn_id == name):
            session.delete(known)
        session.flush()
        session.add(Connection(conn_id=name, **fields))


def write_variable(name: str, fields: Fields) -> None:
    from airflow.models import Variable
    from airflow.utils.session import create_session

    with create_session() as session:
        known = session.query(Variable).filter(Variable.key == name).one_or_none()
        if known is None:
            session.add(Variable(key=name, val=fields["value"], description=fields["description"]))
        else:
            known.set_val(fields["value"])
            known.description = fields["description"]


def write_pool(name: str, fields: Fields) -> None:
    from airflow.models import Pool
    from airflow.utils.session import create_session

    with create_session() as session:
        pool = session.query(Pool).filter(Pool.pool == name).one_or_none() or Pool(pool=name)
        pool.slots, pool.description = fields["slots"], fields["description"] or ""
        pool.include_deferred = fields["include_deferred"]
        session.add(pool)


class Accounts:
    """Roles and users. `sm`: FAB's security manager."""

    def __init__(self, sm: Any) -> None:
        self.sm = sm

    def write_role(self, name: str, fields: Fields) -> None:
        """Permissions on resources that this Airflow does not know, such as pages of another release, are left out."""
        role = self.sm.add_role(name)
        for action, resource in fields["permissions"]:
            if resource.startswith("DAG") or self.sm.get_resource(resource):
                self.sm.add_permission_to_role(role, self.sm.create_permission(action, resource))

    def write_user(self, name: str, fields: Fields) -> None:
        self._check_hash(fields["password"])
        roles = [role for role in map(self.sm.find_role, fields["roles"]) if role]
        known = self.sm.find_user(username=name)
        owner = self.sm.find_user(email=fields["email"])
        if owner and owner.username != name:
            raise Rejected(f"{fields['email']} is the email address of {owner.username}")
        user = known or self.sm.add_user(
            name, fields["first_name"], fields["last_name"], fields["email"], roles, hashed_password=fields["password"]
        )
        if not user:
            raise Rejected("Airflow did not create the user")
        for field in ("first_name", "last_name", "email", "password", "active"):
            setattr(user, field, fields[field])
        user.roles = roles
        if self.sm.update_user(user) is False:  # 2.x returns None after a success
            raise Rejected("Airflow did not save the user")

    def _check_hash(self, hashed: str) -> None:
        from werkzeug.security import check_password_hash

        try:
            check_password_hash(hashed, "")
        except ValueError as e:
            raise Rejected("this Airflow cannot check the format of its password") from e


def write_accounts(roles: Mapping[str, Fields], users: Mapping[str, Fields]) -> None:
    try:
        from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
    except ImportError:  # Airflow 2.7 and 2.8
        from airflow.utils.cli_app_builder import get_application_builder
    from airflow.providers_manager import ProvidersManager

    ProvidersManager().initialize_providers_configuration()  # FAB's defaults, which 3.0 and 3.1 lack without it
    with get_application_builder() as appbuilder:
        accounts = Accounts(appbuilder.sm)
        write_all("role", roles, accounts.write_role)
        write_all("user", users, accounts.write_user)


def main() -> None:
    wanted = json.load(sys.stdin)
    write_all("connection", wanted["connections"], write_connection)
    write_all("variable", wanted["variables"], write_variable)
    write_all("pool", wanted["pools"], write_pool)
    if wanted["roles"] or wanted["users"]:
        write_accounts(wanted["roles"], wanted["users"])
    sys.stdout.write("\n" + json.dumps({"failed": failed}) + "\n")


main()
