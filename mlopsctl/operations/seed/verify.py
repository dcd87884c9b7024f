"""Whether the rows that stand in the feature store are those that the recipes make, by checksums."""

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
from mlopsctl.operations.db.schema import check_server, missing_tables, tables
from mlopsctl.operations.seed.days import (
    DAY_OF,
    FAULTS,
    LAST,
    RECIPE,
    Made,
    bounds,
    read_ledger,
    seeded_range,
)
from mlopsctl.operations.seed.limits import check_range
from mlopsctl.operations.seed.profile import Wish
from mlopsctl.operations.seed.staging import Chunk, Stage, chunks, select
from mlopsctl.operations.seed.writer import connections

VERIFIED = {**DAY_OF, FAULTS: "base_dt"}


@dataclass(frozen=True)
class MonthCheck:
    """A table's rows of a month's days. rows, checksum: of those that stand there; the checksum, 16 hexadecimal
    digits, is the same wherever the rows are. differ: days whose rows are not as the recipes make them. missing: days
    of the range that seed has not made, or that have no row left."""

    table: str
    month: str
    days: int
    rows: int
    checksum: str
    differ: tuple[date, ...] = ()
    missing: tuple[date, ...] = ()


@dataclass(frozen=True)
class Sum:
    """Of a day's rows: how many, and the sum of their CRCs."""

    rows: int = 0
    crc: int = 0


Sums = Mapping[date, Sum]


def verify(db: MariaDB, start: date | None = None, end: date | None = None) -> Iterator[MonthCheck]:
    """Compare the days from `start` to `end` (None: as far as was seeded), month by month and table by table.
    Raises MlopsctlError."""
    missing_tables(db)  # raises where one is not as ours
    with connections(db) as sessions:
        check_server(sessions[0])
        seeded = seeded_range(sessions[0])
        if not seeded:
            raise MlopsctlError("nothing was seeded yet.", hint=Hint.of("seed"), code="nothing-seeded")
        start = start or min(seeded[0], end or LAST)
        end = end or max(seeded[1], start)
        check_range(start, end, Wish())
        ledger = read_ledger(sessions[0], start, end)
        stages: SimpleQueue[Stage] = SimpleQueue()
        for session in sessions:
            stages.put(Stage(session))
        months = [list(days) for _, days in groupby(dates.days(start, end), key=lambda day: (day.year, day.month))]
        with ThreadPoolExecutor(len(sessions)) as pool:
            try:
                for checks in pool.map(lambda days: _month(stages, days, ledger), months):
                    yield from checks
            finally:  # also where the reader of the checks goes
                pool.shutdown(cancel_futures=True)


def _month(stages: "SimpleQueue[Stage]", days: Sequence[date], ledger: Mapping[date, Made]) -> list[MonthCheck]:
    stage = stages.get()
    try:
        ours = {day: ledger[day].world for day in days if day in ledger and ledger[day].recipe == RECIPE}
        parts = chunks(ours, size=31)
        made: dict[str, dict[date, Sum]] = {table: {} for table in VERIFIED}
        for chunk in parts:
            for table, sums in _made(stage, chunk).items():
                made[table].update(sums)
        return [_check(table, days, ledger, made[table], _stand(stage.session, table, days)) for table in VERIFIED]
    finally:
        stages.put(stage)


def _check(table: str, days: Sequence[date], ledger: Mapping[date, Made], made: Sums, stand: Sums) -> MonthCheck:
    none = Sum()
    # Those that are to have rows; seed does not see a fault that is gone.
    filled = [day for day in days if made.get(day, none).rows and table != FAULTS]
    empty = [day for day in days if not stand.get(day, none).rows]
    missing = [day for day in empty if day not in ledger or day in filled]
    differ = [day for day in days if day not in missing and stand.get(day, none) != made.get(day, none)]
    rows, crc = (sum(parts) for parts in zip(*((s.rows, s.crc) for s in (none, *stand.values())), strict=True))
    checksum = f"{crc % 2**64:016x}"
    return MonthCheck(table, f"{days[0]:%Y-%m}", len(days), rows, checksum, tuple(differ), tuple(missing))


def _made(stage: Stage, chunk: Chunk) -> dict[str, Sums]:
    """What the recipes make of a chunk."""
    stage.ready(chunk)
    return {table: _sums(stage.session, table, chunk.days, f"({select(table)}) made") for table in VERIFIED}


def _stand(session: Session, table: str, days: Sequence[date]) -> Sums:
    first, last = bounds(days[0], days[-1])
    return _sums(session, table, days, f"{table} WHERE {VERIFIED[table]} BETWEEN '{first}' AND '{last}'")


def _sums(session: Session, table: str, days: Sequence[date], source: str) -> Sums:
    """By day the number of rows and the sum of their CRCs: over all columns, whatever the order of the rows."""
    column = VERIFIED[table]
    # A NULL is not the same as empty text, and stays in its place.
    values = ", ".join(f"IFNULL({name}, CHAR(0))" for name in tables()[table])
    sql = f"SELECT {column}, COUNT(*), SUM(CRC32(CONCAT_WS('|', {values}))) FROM {source} GROUP BY {column}"
    texts = {f"{day:%Y%m%d}": day for day in days}
    # other text is no day, and not ours
    return {texts[text]: Sum(int(rows), int(crc)) for text, rows, crc in session.query(sql) if text in texts}
