"""Validates the raw data of days. Each rule is a SELECT in rules/ that runs in the database.

A rule returns one row per failure: base_dt, table_name, row_key, column_name, found. Failures are stored in
mlops_meta.validation_failures together with the invalid row, until the same days are validated again.
"""

from pathlib import Path
from typing import Any

from support import feature_store
from support.commands import mlopsctl_command

PACKAGE = Path(__file__).parent
SCHEMA = "schema"
# A day without applications is not an error of the pipeline: it is recorded, and its run is skipped.
MISSING_DAY = "missing_day"
RULES = (
    SCHEMA, "snapshots", MISSING_DAY, "volume", "required", "categories", "ranges", "uniqueness", "customers",
)  # fmt: skip


def validate(start: str, end: str) -> dict[str, int]:
    """Apply all rules to the days `start` … `end` (YYYYMMDD, inclusive) and store the failures.

    Returns the number of failures of each rule that has any. Raises MySQLdb.Error.
    """
    with feature_store.transaction() as cursor:
        return apply_rules(cursor, start, end)


def apply_rules(cursor: Any, start: str, end: str) -> dict[str, int]:
    """The same as `validate`, in the current transaction of a MySQLdb cursor."""
    days = {"start": start, "end": end}
    cursor.execute(_read("sql/delete_failures"), days)
    failures: dict[str, int] = {}
    for rule in RULES:
        statement = _read("sql/insert_failures").replace("{rule}", _read(f"rules/{rule}"))
        cursor.execute(statement, {**days, "rule": rule})
        if cursor.rowcount:
            failures[rule] = cursor.rowcount
        if SCHEMA in failures:  # the other statements would raise an error
            return failures
    if failures:
        cursor.execute(_read("sql/update_failure_content"), days)
    return failures


def _read(name: str) -> str:
    return feature_store.read_statement(PACKAGE / f"{name}.sql")


def describe(failures: dict[str, int], start: str, end: str) -> str:
    """The failures as a message, with the command that shows the rows."""
    rules = ", ".join(f"{rule} ({_plural(rows, 'row')})" for rule, rows in failures.items())
    days = start if start == end else f"{start} … {end}"
    where = f"base_dt BETWEEN '{start}' AND '{end}'"
    query = f'"SELECT * FROM mlops_meta.validation_failures WHERE {where}"'
    command = mlopsctl_command(f"db shell features -- -e {query}")
    return f"The data of {days} violate {_plural(len(failures), 'rule')}: {rules}. To see the rows: `{command}`"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
