"""Run by the managed Airflow's Python, for its database drivers and for cryptography: what `adopt` takes over from
metadata databases of Airflow 2.7 or newer. Nothing is written. Airflow is not imported, which would take seconds.

Reads JSON from stdin: {"databases": {name: {"url": SQLAlchemy's, "fernet_keys": [keys, the newest first]}}}.
Prints JSON: {name: {"revision", "connections", "variables", "pools", "roles", "users": {name: fields}, "unreadable":
{"connection NAME": reason}}}; {name: {"error": reason, "code": what is wrong}} for a database that cannot
be read. Codes: fernet-key, url, source-database.
"""

import json
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

DRIVERS = {"postgres": "postgresql+psycopg2", "postgresql": "postgresql+psycopg2", "mysql": "mysql+mysqldb"}
SECONDS = 10  # to connect, and to wait for a locked database
BUILT_IN_ROLES = ("Admin", "Op", "User", "Viewer", "Public")
CONNECTIONS = """SELECT conn_id AS name, conn_type, description, host, login, password, port, extra, is_encrypted,
  is_extra_encrypted, {schema} AS conn_schema FROM connection ORDER BY conn_id"""
VARIABLES = "SELECT {key} AS name, val, description, is_encrypted FROM variable ORDER BY {key}"
POOLS = "SELECT pool AS name, slots, description, include_deferred FROM slot_pool ORDER BY pool"
USERS = """SELECT username AS name, first_name, last_name, email, password, active FROM ab_user ORDER BY username"""
USER_ROLES = """SELECT u.username, r.name FROM ab_user u JOIN ab_user_role l ON l.user_id = u.id
  JOIN ab_role r ON r.id = l.role_id ORDER BY r.name"""
ROLES = """SELECT r.name AS name, p.name AS action, v.name AS resource FROM ab_role r
  LEFT JOIN ab_permission_view_role l ON l.role_id = r.id
  LEFT JOIN ab_permission_view pv ON pv.id = l.permission_view_id
  LEFT JOIN ab_permission p ON p.id = pv.permission_id LEFT JOIN ab_view_menu v ON v.id = pv.view_menu_id
  ORDER BY r.name, p.name, v.name"""


class Rejected(ValueError):
    """`code`: what is invalid."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def fernet_of(keys: list[str]) -> Any:
    try:
        return MultiFernet([Fernet(key) for key in keys]) if keys else None
    except ValueError as e:
        raise Rejected("fernet-key", str(e)) from e


class Reader:
    """One database, in one read-only transaction."""

    def __init__(self, connection: Any, keys: list[str]) -> None:
        self.connection = connection
        self.fernet = fernet_of(keys)
        self.unreadable: dict[str, str] = {}

    def rows(self, sql: str) -> list[dict[str, Any]]:
        quote = self.connection.dialect.identifier_preparer.quote_identifier
        text = sql.format(schema=quote("schema"), key=quote("key"))
        return [dict(row) for row in self.connection.exec_driver_sql(text).mappings()]

    def decrypt(self, row: dict[str, Any], column: str, flag: str, kind: str) -> Any:
        value = row[column]
        if not value or not row[flag]:
            return value
        try:
            if self.fernet is None:
                raise InvalidToken
            return self.fernet.decrypt(value.encode()).decode()
        except InvalidToken:
            what = "value" if column == "val" else column
            why = "the Fernet key does not decrypt its" if self.fernet else "there is no Fernet key to decrypt its"
            self.unreadable[f"{kind} {row['name']}"] = f"{why} {what}"
            return None

    def connections(self) -> dict[str, Any]:
        return {row["name"]: self.connection_fields(row) for row in self.rows(CONNECTIONS)}

    def connection_fields(self, row: dict[str, Any]) -> dict[str, Any]:
        plain = {name: row[name] for name in ("conn_type", "description", "host", "login", "port")}
        return {
            **plain,
            "schema": row["conn_schema"],
            "password": self.decrypt(row, "password", "is_encrypted", "connection"),
            "extra": self.decrypt(row, "extra", "is_extra_encrypted", "connection"),
        }

    def variables(self) -> dict[str, Any]:
        return {
            row["name"]: {
                "value": self.decrypt(row, "val", "is_encrypted", "variable"), "description": row["description"],
            }
            for row in self.rows(VARIABLES)
        }  # fmt: skip

    def pools(self) -> dict[str, Any]:
        return {row.pop("name"): {**row, "include_deferred": bool(row["include_deferred"])} for row in self.rows(POOLS)}

    def users(self) -> dict[str, Any]:
        roles: dict[str, list[str]] = {}
        for row in self.rows(USER_ROLES):
            roles.setdefault(row["username"], []).append(row["name"])
        return {
            (name := row.pop("name")): {**row, "active": bool(row["active"]), "roles": roles.get(name, [])}
            for row in self.rows(USERS)
        }

    def roles(self) -> dict[str, Any]:
        """Those that Airflow does not create itself, with their permissions: action and resource."""
        found: dict[str, Any] = {}
        for row in self.rows(ROLES):
            if row["name"] not in BUILT_IN_ROLES:
                permissions = found.setdefault(row["name"], {"permissions": []})["permissions"]
                permissions += [[row["action"], row["resource"]]] if row["action"] else []
        return found


def sqlite_uri(file: Path) -> str:
    """A URI that opens the file read-only. Airflow 3 uses WAL mode, in which SQLite creates two files beside a database
    that is not open, unless the URI says that the file is immutable."""
    with file.open("rb") as content:
        in_wal_mode = content.read(20)[18:] == b"\2\2"  # sqlite.org/fileformat.html, 1.3.3
    unused = in_wal_mode and not file.with_name(f"{file.name}-wal").exists()
    return f"file:{quote(str(file))}?{'immutable=1' if unused else 'mode=ro'}"


def engine_of(url: str) -> Any:
    try:
        parsed = sqlalchemy.engine.make_url(url)
    except (sqlalchemy.exc.ArgumentError, ValueError) as e:
        raise Rejected("url", "it is no URL of a database") from e
    dialect = parsed.drivername.partition("+")[0]
    if dialect == "sqlite":
        uri = sqlite_uri(Path(parsed.database or ""))
        return sqlalchemy.create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True, timeout=SECONDS))
    if dialect not in DRIVERS:
        raise Rejected("url", f"databases of the type {dialect} are not supported")
    return sqlalchemy.create_engine(
        parsed.set(drivername=DRIVERS[dialect]),
        connect_args={"connect_timeout": SECONDS},
        isolation_level="REPEATABLE READ",
    )


def start_read_only(connection: Any) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    elif connection.dialect.name == "mysql":  # which cannot change the transaction that has begun
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("START TRANSACTION READ ONLY")


def read(url: str, keys: list[str]) -> dict[str, Any]:
    with engine_of(url).connect() as connection:
        start_read_only(connection)
        tables = set(sqlalchemy.inspect(connection).get_table_names())
        reader = Reader(connection, keys)
        if not {"alembic_version", "connection", "variable", "slot_pool"} <= tables:
            return {"revision": None}
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        contents = {
            "revision": revision,
            "connections": reader.connections(),
            "variables": reader.variables(),
            "pools": reader.pools(),
            "roles": reader.roles() if "ab_user" in tables else {},
            "users": reader.users() if "ab_user" in tables else {},
        }
        return {**contents, "unreadable": reader.unreadable}


def reason(error: Exception) -> str:
    """The driver's own words, without SQLAlchemy's link and SQL."""
    lines: Iterable[str] = str(getattr(error, "orig", None) or error).strip().splitlines()
    return next((line.strip() for line in lines if line.strip()), type(error).__name__)


def main() -> None:
    answers: dict[str, Any] = {}
    for name, database in json.load(sys.stdin)["databases"].items():
        try:
            answers[name] = read(database["url"], database["fernet_keys"])
        except (sqlalchemy.exc.SQLAlchemyError, ValueError, OSError) as e:
            code = e.code if isinstance(e, Rejected) else "source-database"
            answers[name] = {"error": reason(e), "code": code}
    print(json.dumps(answers))  # noqa: T201


main()
