"""The tables of the feature store: made where they are missing, compared where they exist, never altered."""

import re
from functools import cache
from importlib.resources import files

from mlopsctl.adapters.mariadb.client import MariaDB, Session
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint

OLDEST = (10, 6)
_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+\.\w+) \((.*?)\n\)", re.DOTALL)
_COLUMN = re.compile(r"^  ([a-z_]+) ([a-z]+(?:\(\d+(?:,\d+)?\))?)", re.MULTILINE)


@cache
def statements(recipe: str) -> tuple[str, ...]:
    """The statements of `seed_sql/<recipe>.sql`, in order."""
    text = (files("mlopsctl") / "seed_sql" / f"{recipe}.sql").read_text(encoding="utf-8")
    code = re.sub(r"^\s*--.*\n", "", text, flags=re.MULTILINE)
    return tuple(statement.strip() for statement in code.split(";") if statement.strip())


def run_recipe(session: Session, recipe: str) -> None:
    for statement in statements(recipe):
        session.run(statement)


@cache
def tables() -> dict[str, dict[str, str]]:
    """What schema.sql makes: table → column → type."""
    found = (_TABLE.match(statement) for statement in statements("schema"))
    return {table[1]: dict(_COLUMN.findall(table[2])) for table in found if table}


def missing_tables(db: MariaDB) -> list[str]:
    """Our tables that the server lacks. Raises MlopsctlError where one exists that is not as ours."""
    with db.without_database.session() as session:
        return _missing(session)


def create_schema(db: MariaDB) -> list[str]:
    """Make the databases and tables that are missing; their names. Raises MlopsctlError where one exists that is
    not as ours, and where the server cannot make exam data."""
    with db.without_database.session() as session:
        missing = _missing(session)
        if missing:
            check_server(session)
            run_recipe(session, "schema")
    return missing


def check_server(session: Session) -> None:
    """Raises MlopsctlError unless the server is MariaDB 10.6 or newer with the sequence engine."""
    version = str(session.query("SELECT VERSION()")[0][0])
    number = re.match(r"(\d+)\.(\d+)", version.removeprefix("5.5.5-"))
    if "mariadb" not in version.lower() or not number or (int(number[1]), int(number[2])) < OLDEST:
        raise MlopsctlError(
            f"the feature store must be MariaDB {OLDEST[0]}.{OLDEST[1]} or newer, and this is {version}.",
            hint=Hint.of("setup", "without", "--feature-store", "makes", "one", "of", "its", "own"),
            code="server-too-old",
        )
    engine = "SELECT 1 FROM information_schema.ENGINES WHERE ENGINE = 'SEQUENCE' AND SUPPORT IN ('YES', 'DEFAULT')"
    if not session.query(engine):
        raise MlopsctlError(
            "the server has no sequence engine, from which the exam data are made.",
            hint="its administrator can add it: INSTALL SONAME 'ha_sequence', or no sequence=OFF in its configuration",
            code="no-sequence-engine",
        )


def _missing(session: Session) -> list[str]:
    there: dict[str, dict[str, str]] = {}
    required: dict[str, list[str]] = {}
    sql = (
        "SELECT CONCAT(table_schema, '.', table_name), column_name, column_type, "
        "is_nullable = 'NO' AND column_default IS NULL AND extra NOT LIKE '%%auto_increment%%' "
        "FROM information_schema.columns WHERE table_schema IN ('mlops', 'mlops_meta', 'recipe')"
    )
    for table, column, type_, needed in session.query(sql, ()):
        there.setdefault(table, {})[column] = re.sub(r"\b((?:big)?int)\(\d+\)", r"\1", type_)  # int(11) is int
        required.setdefault(table, []).extend([column] if needed else [])
    wanted = tables()
    standing = {table: columns for table, columns in wanted.items() if table in there}
    differences = [
        f"{table}.{column} is {there[table].get(column, 'missing')} instead of {type_}"
        for table, columns in standing.items()
        for column, type_ in columns.items()
        if there[table].get(column) != type_
    ]
    differences += [
        f"{table}.{column} is not ours and must have a value"
        for table, columns in standing.items()
        for column in required[table]
        if column not in columns
    ]
    if differences:
        raise MlopsctlError(
            f"tables exist that are not as mlopsctl makes them, and are left alone: {'; '.join(differences)}.",
            hint="change them back by ALTER TABLE in mlopsctl db shell, or rename or drop them; then say it again",
            code="wrong-schema",
        )
    return [table for table in wanted if table not in there]
