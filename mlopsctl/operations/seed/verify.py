"""Compare the rows in the feature store with those that seed generates, by checksums."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from queue import SimpleQueue

from mlopsctl.adapters.mariadb.client import MariaDB, Session
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.seed.ledger import (
    DAY_COLUMN,
    FAULTS,
    LAST_DAY,
    SQL_VERSION,
    LedgerEntry,
    bounds,
    read_ledger,
    seeded_range,
)
from mlopsctl.operations.seed.limits import check_range
from mlopsctl.operations.seed.profile import SeedRequest
from mlopsctl.operations.seed.schema import check_server, missing_tables, tables
from mlopsctl.operations.seed.staging import Chunk, Staging, chunks, select
from mlopsctl.operations.seed.writer import connections

VERIFIED = {**DAY_COLUMN, FAULTS: "base_dt"}


@dataclass(frozen=True)
class MonthCheck:
    """The rows of a table in a month. `rows`, `checksum`: of the rows that exist; the checksum, 16 hexadecimal digits,
    is the same on every machine. `differ`: days with other rows than seed generates. `missing`: days of the range that
    seed has not written, or that have no rows left."""

    table: str
    month: str
    days: int
    rows: int
    checksum: str
    differ: tuple[date, ...] = ()
    missing: tuple[date, ...] = ()


@dataclass(frozen=True)
class RowSum:
    """The number of rows of a day, and the sum of their CRCs."""

    rows: int = 0
    crc: int = 0


RowSums = Mapping[date, RowSum]
NO_ROWS = RowSum()


def verify(db: MariaDB, start: date | None = None, end: date | None = None) -> Iterator[MonthCheck]:
    """Compare the days from `start` to `end`, month by month and table by table; None: from the first, or to the last
    day that was seeded. Raises MlopsctlError."""
    missing_tables(db)  # raises for a table with other columns
    with connections(db) as sessions:
        check_server(sessions[0])
        start, end = _range(sessions[0], start, end)
        ledger = read_ledger(sessions[0], start, end)
        idle: SimpleQueue[Staging] = SimpleQueue()
        for session in sessions:
            idle.put(Staging(session))
        months = [list(days) for _, days in groupby(dates.days(start, end), key=lambda day: (day.year, day.month))]
        with ThreadPoolExecutor(len(sessions)) as pool:
            try:
                for checks in pool.map(lambda days: _check_month(idle, days, ledger), months):
                    yield from checks
            finally:  # also if the reader of the checks stops
                pool.shutdown(cancel_futures=True)


def _range(session: Session, start: date | None, end: date | None) -> tuple[date, date]:
    seeded = seeded_range(session)
    if not seeded:
        raise MlopsctlError("there are no exam data yet.", hint=Hint.of("seed"), code="nothing-seeded")
    start = start or min(seeded[0], end or LAST_DAY)
    end = end or max(seeded[1], start)
    check_range(start, end, SeedRequest())
    return start, end


def _check_month(
    idle: "SimpleQueue[Staging]", days: Sequence[date], ledger: Mapping[date, LedgerEntry]
) -> list[MonthCheck]:
    staging = idle.get()
    try:
        written = {d: ledger[d].profile for d in days if d in ledger and ledger[d].sql_version == SQL_VERSION}
        generated: dict[str, dict[date, RowSum]] = {table: {} for table in VERIFIED}
        for chunk in chunks(written, size=31):
            for table, sums in _generated_sums(staging, chunk).items():
                generated[table].update(sums)
        return [
            _compare(table, days, ledger, generated[table], _stored_sums(staging.session, table, days))
            for table in VERIFIED
        ]
    finally:
        idle.put(staging)


def _compare(
    table: str, days: Sequence[date], ledger: Mapping[date, LedgerEntry], generated: RowSums, stored: RowSums
) -> MonthCheck:
    # A deleted row of FAULTS is a difference: seed does not notice it and would not write the day again.
    expected = [day for day in days if generated.get(day, NO_ROWS).rows and table != FAULTS]
    empty = [day for day in days if not stored.get(day, NO_ROWS).rows]
    missing = [day for day in empty if day not in ledger or day in expected]
    differ = [day for day in days if day not in missing and stored.get(day, NO_ROWS) != generated.get(day, NO_ROWS)]
    rows, crc = sum(s.rows for s in stored.values()), sum(s.crc for s in stored.values())
    checksum = f"{crc % 2**64:016x}"
    return MonthCheck(table, f"{days[0]:%Y-%m}", len(days), rows, checksum, tuple(differ), tuple(missing))


def _generated_sums(staging: Staging, chunk: Chunk) -> dict[str, RowSums]:
    staging.prepare(chunk)
    return {t: _sums(staging.session, t, chunk.days, f"({select(t)}) generated") for t in VERIFIED}


def _stored_sums(session: Session, table: str, days: Sequence[date]) -> RowSums:
    first, last = bounds(days[0], days[-1])
    return _sums(session, table, days, f"{table} WHERE {VERIFIED[table]} BETWEEN '{first}' AND '{last}'")


def _sums(session: Session, table: str, days: Sequence[date], source: str) -> RowSums:
    """Per day, over all columns, and independent of the order of the rows."""
    column = VERIFIED[table]
    # NULL differs from an empty string, and keeps its position.
    values = ", ".join(f"IFNULL({name}, CHAR(0))" for name in tables()[table])
    sql = f"SELECT {column}, COUNT(*), SUM(CRC32(CONCAT_WS('|', {values}))) FROM {source} GROUP BY {column}"
    texts = {f"{day:%Y%m%d}": day for day in days}
    # A row whose date is not YYYYMMDD is not from seed.
    return {texts[text]: RowSum(int(rows), int(crc)) for text, rows, crc in session.query(sql) if text in texts}
