"""How many rows a table of the feature store has on each date. Dates of the range without rows are missing."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.mariadb.client import MariaDB, Row, Session
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.settings import Settings
from mlopsctl.operations.feature_tables import TIMESTAMP_TYPES, day_column, find_table, list_tables
from mlopsctl.operations.seed.ledger import LEDGER, SNAPSHOTS

MAX_COUNTED = 2_000_000  # rows; MariaDB counts as many in about a third of a second
NO_ROWS = "no-rows"


@dataclass(frozen=True)
class Coverage:
    """`rows`: by date from `start` to `end`, zeros included. `undated`: the number of rows whose column holds no valid
    date."""

    table: str
    column: str
    start: date
    end: date
    rows: dict[date, int]
    undated: int = 0

    def until(self, day: date) -> "Coverage":
        """Without later dates."""
        return replace(self, end=min(self.end, day), rows={d: rows for d, rows in self.rows.items() if d <= day})

    @property
    def last(self) -> date | None:
        """The last date with rows."""
        return max((day for day, rows in self.rows.items() if rows), default=None)

    @property
    def missing(self) -> tuple[date, ...]:
        return tuple(day for day, rows in self.rows.items() if not rows)


def read_range(
    read: Callable[[date | None, date | None], Coverage], start: str | None, end: str | None, today: date
) -> Coverage:
    """`read`, for a range as the user gives it. Future dates are not missing; but if the table has rows on some of
    them, as seed can write them, all are included. Raises UsageError, MlopsctlError."""
    try:
        found = read(*dates.parse_open_range(start, end, today=today))
    except MlopsctlError as e:
        if e.code == NO_ROWS:
            dates.parse_open_range(start, end, today=today, future=False)
        raise
    if found.last and found.last > today:
        return found
    _, last = dates.parse_open_range(start, end, today=today, future=False)
    return found.until(last) if last else found


def check_is_not_dag(name: str, settings: Settings, api: AirflowApi) -> None:
    """Raises UsageError if `name`, which is not a table, is a DAG. If Airflow cannot be asked, it is taken as none."""
    try:
        api.dag(name)
    except MlopsctlError:
        return
    raise no_output_table(settings, name)


def no_output_table(settings: Settings, dag_id: str) -> UsageError:
    """The settings do not say which table a DAG writes to."""
    outputs = ",".join([*settings.fills, f"{dag_id}=mlops.TABLE.base_dt"])
    return UsageError(
        f"no output table is configured for DAG {dag_id}.", hint=Hint.of("config", "set", "fills", outputs)
    )


def read(db: MariaDB, table: str, column: str = "", start: date | None = None, end: date | None = None) -> Coverage:
    """Rows by date. An open end of the range is the table's first or last date.

    Rows are counted, except in daily snapshots of more than MAX_COUNTED rows: their numbers are those that seed
    recorded (`seed verify` checks the rows). Raises NoTable, UsageError, MlopsctlError.
    """
    with db.without_database.session() as session:
        tables = list_tables(session)
        name = find_table(table, tables)
        day = day_column(name, tables[name], column)
        is_snapshot = name in SNAPSHOTS and day == "base_dt" and LEDGER in tables
        if is_snapshot and _seeded_rows(session, name) > MAX_COUNTED:
            found = _count_snapshot(session, name)
        else:
            found = _count(session, name, day, tables[name][day])
    counts, undated = _by_day(found)
    in_range = [d for d in counts if (not start or d >= start) and (not end or d <= end)]
    if not in_range and not (start and end):
        raise MlopsctlError(
            f"{name} has no row with a date in {day}{' in that range' if start or end else ''}.",
            hint=Hint.of("coverage", name, "--from", "2024-01", "--to", "2024-01", note="with both ends of a range"),
            code=NO_ROWS,
        )
    first, last = start or min(in_range), end or max(in_range)
    rows = {d: counts.get(d, 0) for d in dates.days(first, last)}
    return Coverage(name, day, first, last, rows, undated)


def _count(session: Session, table: str, column: str, data_type: str) -> list[Row]:
    name = ".".join(_quote(part) for part in table.split(".", 1))
    day = f"DATE({_quote(column)})" if data_type in TIMESTAMP_TYPES else _quote(column)
    return session.query(f"SELECT {day}, COUNT(*) FROM {name} GROUP BY 1")


def _seeded_rows(session: Session, table: str) -> int:
    """The number of rows that seed recorded for a snapshot."""
    return int(session.query(f"SELECT COALESCE(SUM({table.partition('.')[2]}), 0) FROM {LEDGER}")[0][0])


def _count_snapshot(session: Session, table: str) -> list[Row]:
    """Reads one key per day (DISTINCT of an index's first column). Only days that seed did not record are counted."""
    counts = f"COALESCE(s.{table.partition('.')[2]}, (SELECT COUNT(*) FROM {table} t WHERE t.base_dt = d.base_dt))"
    return session.query(
        f"SELECT d.base_dt, {counts} FROM (SELECT DISTINCT base_dt FROM {table}) d "
        f"LEFT JOIN {LEDGER} s ON s.base_dt = d.base_dt"
    )


def _by_day(found: Iterable[Row]) -> tuple[dict[date, int], int]:
    """Rows by date, and the number of rows without a valid date."""
    rows: Counter[date | None] = Counter()
    for value, number in found:
        rows[_parse_day(value)] += int(number)
    undated = rows.pop(None, 0)
    return {day: number for day, number in rows.items() if day}, undated


def _quote(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _parse_day(value: object) -> date | None:
    """`20240131`, `2024-01-31`, a DATE or a DATETIME; None for anything else."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
