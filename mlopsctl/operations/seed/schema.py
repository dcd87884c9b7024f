"""The tables of the feature store: missing ones are created, existing ones are compared but never altered."""

import re
from functools import cache
from importlib.resources import files

from mlopsctl.adapters.mariadb.client import MariaDB, Session
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint

OLDEST_MARIADB = (10, 6)
_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+\.\w+) \((.*?)\n\)", re.DOTALL)
_COLUMN = re.compile(r"^  ([a-z_]+) ([a-z]+(?:\(\d+(?:,\d+)?\))?)", re.MULTILINE)


@cache
def statements(script: str) -> tuple[str, ...]:
    """The statements of `seed_sql/<script>.sql`, in order."""
    text = (files("mlopsctl") / "seed_sql" / f"{script}.sql").read_text(encoding="utf-8")
    code = re.sub(r"^\s*--.*\n", "", text, flags=re.MULTILINE)
    return tuple(statement.strip() for statement in code.split(";") if statement.strip())


def run_script(session: Session, script: str) -> None:
    for statement in statements(script):
        session.run(statement)


@cache
def tables() -> dict[str, dict[str, str]]:
    """The tables that schema.sql creates: table → column → type."""
    found = (_TABLE.match(statement) for statement in statements("schema"))
    return {table[1]: dict(_COLUMN.findall(table[2])) for table in found if table}


def missing_tables(db: MariaDB) -> list[str]:
    """The tables of schema.sql that do not exist. Raises MlopsctlError if one exists with other columns."""
    with db.without_database.session() as session:
        return _missing_tables(session)


def create_schema(db: MariaDB) -> list[str]:
    """Create the databases and tables that do not exist, and return their names.

    Raises MlopsctlError if a table exists with other columns, or if the server cannot generate exam data.
    """
    with db.without_database.session() as session:
        missing = _missing_tables(session)
        if missing:
            check_server(session)
            run_script(session, "schema")
    return missing


def check_server(session: Session) -> None:
    """Raises MlopsctlError unless the server is MariaDB 10.6 or newer with the sequence engine."""
    version = str(session.query("SELECT VERSION()")[0][0])
    number = re.match(r"(\d+)\.(\d+)", version.removeprefix("5.5.5-"))
    if "mariadb" not in version.lower() or not number or (int(number[1]), int(number[2])) < OLDEST_MARIADB:
        raise MlopsctlError(
            f"the feature store must be MariaDB {OLDEST_MARIADB[0]}.{OLDEST_MARIADB[1]} or newer, not {version}.",
            hint=Hint.of("setup", note="without --feature-store, it creates a private server"),
            code="server-too-old",
        )
    engine = "SELECT 1 FROM information_schema.ENGINES WHERE ENGINE = 'SEQUENCE' AND SUPPORT IN ('YES', 'DEFAULT')"
    if not session.query(engine):
        raise MlopsctlError(
            "the server has no sequence engine, which generates the exam data.",
            hint="ask its administrator to run INSTALL SONAME 'ha_sequence', or to remove its option sequence=OFF",
            code="no-sequence-engine",
        )


def _missing_tables(session: Session) -> list[str]:
    existing, required = _existing_columns(session)
    wanted = tables()
    differences = [
        difference
        for table, columns in wanted.items()
        if table in existing
        for difference in _differences(table, columns, existing[table], required[table])
    ]
    if differences:
        raise MlopsctlError(
            f"existing tables differ from those that mlopsctl creates: {'; '.join(differences)}.",
            hint=Hint.of("db", "shell", note="to ALTER, rename or drop them; then run the command again"),
            code="wrong-schema",
        )
    return [table for table in wanted if table not in existing]


def _existing_columns(session: Session) -> tuple[dict[str, dict[str, str]], dict[str, list[str]]]:
    """Table → column → type; and table → columns without a default, which an INSERT must set."""
    types: dict[str, dict[str, str]] = {}
    required: dict[str, list[str]] = {}
    sql = (
        "SELECT CONCAT(table_schema, '.', table_name), column_name, column_type, "
        "is_nullable = 'NO' AND column_default IS NULL AND extra NOT LIKE '%%auto_increment%%' "
        "FROM information_schema.columns WHERE table_schema IN ('mlops', 'mlops_meta', 'recipe')"
    )
    for table, column, type_, is_required in session.query(sql, ()):
        types.setdefault(table, {})[column] = re.sub(r"\b((?:big)?int)\(\d+\)", r"\1", type_)  # int(11) is int
        required.setdefault(table, []).extend([column] if is_required else [])
    return types, required


def _differences(table: str, wanted: dict[str, str], existing: dict[str, str], required: list[str]) -> list[str]:
    """Other columns may exist, as long as they have a default."""
    return [
        f"{table}.{column} is {existing.get(column, 'missing')} instead of {type_}"
        for column, type_ in wanted.items()
        if existing.get(column) != type_
    ] + [f"{table}.{column} is an additional column without a default" for column in required if column not in wanted]
