"""What is wrong with the raw data of days. Each rule is a SELECT in rules/, carried out where the data are.

A rule gives one row for each fault: base_dt, table_name, row_key, column_name, found. What it found is kept in
mlops_meta.validation_failures, together with the faulty row, until the same days are looked at again.
"""

from pathlib import Path
from typing import Any

from support import feature_store

HERE = Path(__file__).parent
SCHEMA = "schema"
# A day without applications is no fault of the pipeline's: it is written down, and its run is skipped.
MISSING_DAY = "missing_day"
RULES = (
    SCHEMA, "snapshots", MISSING_DAY, "volume", "required", "categories", "ranges", "uniqueness", "customers",
)  # fmt: skip


def validate(start: str, end: str) -> dict[str, int]:
    """How many faults each rule finds in the days `start` … `end` (YYYYMMDD, inclusive); rules without any are left
    out. Raises what MySQLdb raises."""
    with feature_store.transaction() as cursor:
        return check(cursor, start, end)


def check(cursor: Any, start: str, end: str) -> dict[str, int]:
    """The same through a cursor of MySQLdb, in the transaction that it is in."""
    days = {"start": start, "end": end}
    cursor.execute(_sql("sql/delete_failures"), days)
    found: dict[str, int] = {}
    for rule in RULES:
        statement = _sql("sql/keep_failures").replace("{rule}", _sql(f"rules/{rule}"))
        cursor.execute(statement, {**days, "rule": rule})
        if cursor.rowcount:
            found[rule] = cursor.rowcount
        if SCHEMA in found:  # the statements that follow would be in error
            return found
    if found:
        cursor.execute(_sql("sql/keep_content"), days)
    return found


def _sql(name: str) -> str:
    return feature_store.sql(HERE / f"{name}.sql")


def sentence(found: dict[str, int], start: str, end: str) -> str:
    """What was found, in one sentence, and the command that shows the rows."""
    rules = ", ".join(f"{rule} ({rows} row{'' if rows == 1 else 's'})" for rule, rows in found.items())
    days = start if start == end else f"{start} … {end}"
    where = f"base_dt BETWEEN '{start}' AND '{end}'"
    return (
        f"The data of {days} break {len(found)} rule{'' if len(found) == 1 else 's'}: {rules}. Look at the rows with: "
        f'mlopsctl db shell features -- -e "SELECT * FROM mlops_meta.validation_failures WHERE {where}"'
    )
