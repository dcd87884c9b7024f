"""The tables of the feature store, and which column of a table holds the day of a row."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from mlopsctl.adapters.mariadb.client import Session
from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint

DATABASES = ("mlops", "mlops_meta", "recipe", "temp")  # where a table without a database name is looked for
TIMESTAMP_TYPES = ("datetime", "timestamp")
DATE_TYPES = ("date", *TIMESTAMP_TYPES)
DAY_TYPES = ("char", "varchar", *DATE_TYPES)
DAY_COLUMN_NAME = re.compile(r"base_dt|.*_(dt|date|day)")

Columns = Mapping[str, str]  # the types of a table's columns, by name


class NoTable(UsageError):
    """The feature store has no table of that name."""


def list_tables(session: Session) -> dict[str, dict[str, str]]:
    """All tables by their full names, with the types of their columns."""
    sql = (
        "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') "
        "ORDER BY table_schema, table_name, ordinal_position"
    )
    found: dict[str, dict[str, str]] = {}
    for schema, name, column, data_type in session.query(sql):
        found.setdefault(f"{schema}.{name}", {})[column] = str(data_type)
    return found


def find_table(table: str, tables: Collection[str]) -> str:
    """The full name of a table given with or without its database. Raises NoTable."""
    for name in (table, *(f"{database}.{table}" for database in DATABASES)):
        if name in tables:
            return name
    raise NoTable(f"the feature store has no table {table!r}.", hint=_nearest(table, tables))


def _nearest(table: str, names: Iterable[str]) -> Hint:
    full_names = {name.rpartition(".")[2]: name for name in names} | {name: name for name in names}
    near = difflib.get_close_matches(table, full_names, 1)
    return Hint.of("coverage", full_names[near[0]]) if near else _query("SHOW TABLES")


def day_column(table: str, columns: Columns, wanted: str = "") -> str:
    """`wanted`, or the column that is most likely to hold the day. Raises UsageError."""
    candidates = [name for name, data_type in columns.items() if data_type in DAY_TYPES]
    if wanted and wanted not in candidates:
        raise UsageError(f"{table} has no column {wanted!r} that can hold a date.", hint=_other(table, candidates))
    likely = [name for name in candidates if DAY_COLUMN_NAME.fullmatch(name)]
    likely += [name for name in candidates if columns[name] in DATE_TYPES]
    if not wanted and not likely:
        raise UsageError(
            f"cannot tell which column of {table} holds the date; use --column.", hint=_other(table, candidates)
        )
    return wanted or likely[0]


def _other(table: str, candidates: Sequence[str]) -> Hint:
    return Hint.of("coverage", table, "--column", candidates[0]) if candidates else _query(f"DESC {table}")


def _query(sql: str) -> Hint:
    return Hint.of("db", "shell", "features", "--", "-e", sql)
