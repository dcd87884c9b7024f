"""The rows that a table of the feature store has on each date. A date of the range without a row is a hole."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from mlopsctl.adapters.mariadb.client import MariaDB, Row, Session
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.settings import Settings
from mlopsctl.operations.seed.days import LEDGER, SNAPSHOTS

OURS = ("mlops", "mlops_meta", "recipe", "temp")  # where a table is looked for that is named without its database
COUNTABLE = 2_000_000  # rows that a server counts in about a third of a second
INSTANTS = ("date", "datetime", "timestamp")
KINDS = ("char", "varchar", *INSTANTS)
DATED = re.compile(r"base_dt|.*_(dt|date|day)")


class NoTable(UsageError):
    """The feature store has no table of that name."""


@dataclass(frozen=True)
class Coverage:
    """`rows` by date from `start` to `end`, zeros included; `undated`: rows whose column holds no day."""

    table: str
    column: str
    start: date
    end: date
    rows: dict[date, int]
    undated: int = 0

    def until(self, day: date) -> "Coverage":
        """Without the days after it."""
        return replace(self, end=min(self.end, day), rows={d: rows for d, rows in self.rows.items() if d <= day})

    @property
    def last(self) -> date | None:
        """The last day of the range that has a row."""
        return max((day for day, rows in self.rows.items() if rows), default=None)

    @property
    def missing(self) -> tuple[date, ...]:
        return tuple(day for day, rows in self.rows.items() if not rows)


def read(db: MariaDB, table: str, column: str = "", start: date | None = None, end: date | None = None) -> Coverage:
    """Rows by date; without an end of the range, as far as the table goes.

    Rows are counted, but for daily snapshots of more than COUNTABLE rows: these are as seed wrote them (`seed verify`
    looks at each). Raises NoTable, UsageError, MlopsctlError.
    """
    with db.bare.session() as session:
        tables = _tables(session)
        name = _find(table, tables)
        day = _column(name, tables[name], column)
        if name in SNAPSHOTS and day == "base_dt" and LEDGER in tables and _made(session, name) > COUNTABLE:
            found = _count_snapshot(session, name)
        else:
            found = _count(session, name, day, tables[name][day])
    counted, undated = _by_day(found)
    there = [d for d in counted if (not start or d >= start) and (not end or d <= end)]
    if not there and not (start and end):
        raise MlopsctlError(
            f"{name} has no row with a day in {day}{' in that range' if start or end else ''}.",
            hint=f"name both ends: mlopsctl coverage {name} --from 2024-01 --to 2024-01",
            code="no-rows",
        )
    first, last = start or min(there), end or max(there)
    rows = {d: counted.get(d, 0) for d in dates.days(first, last)}
    return Coverage(name, day, first, last, rows, undated)


def no_output_table(settings: Settings, dag_id: str) -> UsageError:
    """That a DAG fills a table which nobody has named, and how that is done."""
    lines = ",".join([*settings.fills, f"{dag_id}=mlops.TABLE.base_dt"])
    return UsageError(f"nobody has said which table {dag_id} fills.", hint=Hint.of("config", "set", "fills", lines))


def _tables(session: Session) -> dict[str, dict[str, str]]:
    """All tables by their whole names, with their columns and these columns' types."""
    sql = (
        "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') "
        "ORDER BY table_schema, table_name, ordinal_position"
    )
    found: dict[str, dict[str, str]] = {}
    for schema, name, column, kind in session.query(sql):
        found.setdefault(f"{schema}.{name}", {})[column] = str(kind)
    return found


def _find(table: str, tables: Collection[str]) -> str:
    """The whole name of the table that was named with its database or without."""
    for name in (table, *(f"{schema}.{table}" for schema in OURS)):
        if name in tables:
            return name
    raise NoTable(f"the feature store has no table {table!r}.", hint=_nearest(table, tables))


def _nearest(table: str, names: Iterable[str]) -> str:
    import difflib

    whole = {name.rpartition(".")[2]: name for name in names} | {name: name for name in names}
    near = difflib.get_close_matches(table, whole, 1)
    return f"mlopsctl coverage {whole[near[0]]}" if near else "mlopsctl db shell features -- -e 'SHOW TABLES'"


def _column(table: str, columns: dict[str, str], wanted: str) -> str:
    """The column that says to which day a row belongs."""
    dated = [name for name, kind in columns.items() if kind in KINDS]
    if wanted and wanted not in dated:
        raise UsageError(f"{table} has no column {wanted!r} that could hold a day.", hint=_other(table, dated))
    likely = [name for name in dated if DATED.fullmatch(name)] + [name for name in dated if columns[name] in INSTANTS]
    if not wanted and not likely:
        raise UsageError(f"no column of {table} is named as one that holds a day.", hint=_other(table, dated))
    return wanted or likely[0]


def _other(table: str, dated: Sequence[str]) -> str:
    return (
        f"mlopsctl coverage {table} --column {dated[0]}"
        if dated
        else f"mlopsctl db shell features -- -e 'DESC {table}'"
    )


def _count(session: Session, table: str, column: str, kind: str) -> list[Row]:
    name = ".".join(_quoted(part) for part in table.split(".", 1))
    day = f"DATE({_quoted(column)})" if kind in ("datetime", "timestamp") else _quoted(column)
    return session.query(f"SELECT {day}, COUNT(*) FROM {name} GROUP BY 1")


def _made(session: Session, table: str) -> int:
    """The rows that seed wrote into a snapshot."""
    return int(session.query(f"SELECT COALESCE(SUM({table.partition('.')[2]}), 0) FROM {LEDGER}")[0][0])


def _count_snapshot(session: Session, table: str) -> list[Row]:
    """DISTINCT of the key's first column: the server jumps from day to day. Days not from seed are counted."""
    counts = f"COALESCE(s.{table.partition('.')[2]}, (SELECT COUNT(*) FROM {table} t WHERE t.base_dt = d.base_dt))"
    return session.query(
        f"SELECT d.base_dt, {counts} FROM (SELECT DISTINCT base_dt FROM {table}) d "
        f"LEFT JOIN {LEDGER} s ON s.base_dt = d.base_dt"
    )


def _by_day(found: Iterable[Row]) -> tuple[dict[date, int], int]:
    """Rows by day, and the number of rows whose value is no day."""
    rows: Counter[date | None] = Counter()
    for value, number in found:
        rows[_day(value)] += int(number)
    undated = rows.pop(None, 0)
    return {day: number for day, number in rows.items() if day}, undated


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _day(value: object) -> date | None:
    """`20240131`, `2024-01-31`, a DATE or a DATETIME as a day; None for anything else."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
