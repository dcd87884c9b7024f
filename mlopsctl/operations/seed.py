"""Exam data: the filling of the days that are not there. The rows are made in the server, by `recipes/*.sql`."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date, datetime

from mlopsctl.adapters.mariadb import MariaDB, Session
from mlopsctl.errors import MlopsctlError, UsageError
from mlopsctl.model import Plan, PlannedStep, SeedReport, Step
from mlopsctl.operations.schema import check_server, create_schema, missing_tables
from mlopsctl.operations.seed_days import DAY_OF, FIRST, LAST, Survey, count, rows_of, survey, take_stock
from mlopsctl.operations.seed_work import Work

__all__ = ["FIRST", "LAST", "check_range", "create_schema", "missing", "plan", "read", "run"]

MAX_SCALE = 600  # 15 × 600 applicants a day: the number in an applicant_id has four digits
DAY_BYTES = 200_000  # on disk, at scale 1, measured
WORKERS = 2
PATIENCE = 60.0  # seconds to wait for another seeding of the same feature store


def check_range(start: date, end: date, scale: int) -> None:
    """Raises UsageError where the range or the scale cannot be."""
    if start > end:
        raise UsageError(f"{start}, the first day, is after {end}, the last.", hint="give both: --from D --to D")
    if start < FIRST:
        raise UsageError(f"{start} is before {FIRST}, where the exam data begin.", hint=f"--from {FIRST}")
    if end > LAST:
        raise UsageError(f"{end} is after {LAST}: an applicant_id has two digits for the year.", hint=f"--to {LAST}")
    if scale < 1:
        raise UsageError(f"the scale must be 1 or more, not {scale}.", hint="--scale 1 is the size of the courses")
    if scale > MAX_SCALE:
        size = DAY_BYTES * scale * ((end - start).days + 1) / 1e9
        raise UsageError(
            f"scale {scale} is too large: it would need about {size:,.0f} GB of disk; {MAX_SCALE} is the largest.",
            hint="--scale 10",
        )


def plan(db: MariaDB, start: date, end: date, scale: int = 1) -> Plan:
    """What `run` with `replace` would do; `asks` where rows would be lost. Raises MlopsctlError."""
    check_range(start, end, scale)
    tables, found = missing_tables(db), _survey(db, start, end, scale)
    parts = ((found.missing, "add"), (found.mend, "mend"), (found.foreign, "replace"))
    words = ", ".join(f"{verb} {_number(days)} ({_span(days)})" for days, verb in parts if days)
    asks = f"Replace {_number(found.foreign)} with rows of another scale, or not from seed?"
    return Plan(
        (
            PlannedStep("schema", f"create {', '.join(tables)}" if tables else ""),
            PlannedStep("seed", f"{words}, at scale {scale}" if words else ""),
        ),
        asks=asks if found.foreign else "",
    )


def missing(db: MariaDB, start: date, end: date, scale: int = 1) -> list[date]:
    """The days that `run` without `replace` would write. Raises MlopsctlError."""
    check_range(start, end, scale)
    found = _survey(db, start, end, scale)
    return sorted((*found.missing, *found.mend))


def run(db: MariaDB, start: date, end: date, scale: int = 1, *, replace: bool = False) -> Iterator[Step]:
    """Fill the days that are missing, each atomically; days that hold other rows only with `replace`. Killed at
    any moment, the same call finishes the work. Raises MlopsctlError."""
    check_range(start, end, scale)
    began = time.monotonic()
    create_schema(db)
    found = _survey(db, start, end, scale)
    if _todo(found, replace):
        with ExitStack() as stack:
            sessions = [stack.enter_context(db.bare.session()) for _ in range(min(WORKERS, os.cpu_count() or 1))]
            check_server(sessions[0])
            yield from _lock(sessions, began)
            # Again: a seeding that was killed may have ended its last days while we waited for its locks.
            found = survey(sessions[0], start, end, scale)
            clear = frozenset(found.mend + (found.foreign if replace else ()))
            # Two connections that delete ranges side by side would wait for each other's gaps.
            yield from Work(_todo(found, replace), clear, scale).run(sessions[:1] if clear else sessions, began)
    days = _todo(found, replace)
    detail = f"{_number(days)} written; " if days else ""
    detail += f"{sum(read(db, start, end).rows.values()):,} rows in {start} … {end}"
    if found.foreign and not replace:
        detail += f"; other rows on {_number(found.foreign)} were left alone"
    yield Step("seed", "changed" if days else "ok", detail, time.monotonic() - began)


def read(db: MariaDB, start: date | None = None, end: date | None = None) -> SeedReport:
    """Days and rows that are there, from `start` to `end` (None: as far as was seeded). Raises MlopsctlError."""
    with db.bare.session() as session:
        seeded = rows_of(session, "SELECT MIN(base_dt), MAX(base_dt) FROM mlops_meta.seed_days")
        ends = [datetime.strptime(day, "%Y%m%d").date() for row in seeded for day in row if day] or [FIRST]
        start = start or min(ends[0], end or LAST)
        end = end or max(ends[-1], start)
        stock = take_stock(session, start, end)
        rows = {table: count(session, stock, table) for table in DAY_OF}
    scale = max((made[0] for made in stock.made.values()), default=1)
    return SeedReport(start, end, len(stock.held["mlops.cust_info"]), scale, rows)


def _survey(db: MariaDB, start: date, end: date, scale: int) -> Survey:
    with db.bare.session() as session:
        return survey(session, start, end, scale)


def _todo(found: Survey, replace: bool) -> list[date]:
    return sorted((*found.missing, *found.mend, *(found.foreign if replace else ())))


def _number(days: Sequence[date]) -> str:
    return "1 day" if len(days) == 1 else f"{len(days)} days"


def _span(days: Sequence[date]) -> str:
    return f"{days[0]} … {days[-1]}" if len(days) > 1 else f"{days[0]}"


def _lock(sessions: Sequence[Session], began: float) -> Iterator[Step]:
    """One lock per worker, held by its connection: where a killed client's statement is still being worked off, we
    wait for it; where another machine seeds this server, we say so."""
    for n in range(WORKERS):
        while not sessions[n % len(sessions)].query("SELECT GET_LOCK(%s, 1)", (f"mlopsctl.seed.{n}",))[0][0]:
            yield Step("seed", "running", "waiting for another seeding to end", time.monotonic() - began)
            if time.monotonic() - began > PATIENCE:
                raise MlopsctlError(
                    "another mlopsctl is seeding this feature store.", hint="wait until it has ended", code="locked"
                )
