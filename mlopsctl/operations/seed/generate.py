"""Exam data: the filling of the days that are not there. The rows are made in the server, by `seed_sql/*.sql`."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.db.schema import check_server, create_schema, missing_tables
from mlopsctl.operations.seed.days import (
    DAY_OF,
    FIRST,
    LAST,
    REFERENCE_FIRST,
    REFERENCE_LAST,
    Survey,
    count,
    seeded_range,
    survey,
    take_stock,
)
from mlopsctl.operations.seed.limits import check_range, check_room
from mlopsctl.operations.seed.profile import Wish, World, described
from mlopsctl.operations.seed.staging import chunks
from mlopsctl.operations.seed.writer import Work, connections, lock


@dataclass(frozen=True)
class SeedReport:
    """Rows per table over a range of days. `states`: of every day of the range, `complete`, `damaged` (rows are gone
    since seed wrote them), `foreign` (rows that seed never wrote) or `missing`. `worlds`: what days are made of, and
    which."""

    start: date
    end: date
    days: int
    scale: int
    rows: dict[str, int] = field(default_factory=dict)
    states: dict[date, str] = field(default_factory=dict)
    worlds: dict[World, tuple[date, ...]] = field(default_factory=dict)


def plan(db: MariaDB, start: date, end: date, wish: Wish, *, force: bool = False) -> Plan:
    """What `run` would do; `asks` where rows would be lost. Raises MlopsctlError: also where the reference period would
    be rewritten, unless `force`."""
    check_range(start, end, wish)
    tables = missing_tables(db)
    with db.without_database.session() as session:
        check_server(session)
        found = survey(session, start, end, wish)
    work = Todo(found, wish.replaces, force)
    work.check()
    check_room(db, [found.worlds[day] for day in work.days if day not in work.clear])
    parts = ((found.missing, "add"), (work.mend, "mend"), (work.foreign, "replace"))
    words = ", ".join(f"{verb} {number(days)} ({span(days)})" for days, verb in parts if days)
    return Plan(
        (
            PlannedStep("schema", f"create {', '.join(tables)}" if tables else ""),
            PlannedStep("seed", f"{words}, at {described(found.worlds[day] for day in work.days)}" if words else ""),
        ),
        asks=_question(work.foreign),
        notes=tuple(work.notes()),
    )


def missing(db: MariaDB, start: date, end: date, wish: Wish) -> list[date]:
    """The days that `run` would write. Raises MlopsctlError."""
    check_range(start, end, wish)
    return Todo(_survey(db, start, end, wish), wish.replaces, force=False).days


def run(db: MariaDB, start: date, end: date, wish: Wish, *, force: bool = False) -> Iterator[Step]:
    """Fill the days that are missing, each atomically; days that hold other rows only where the wish says so, and those
    of the reference period only with `force`, too. Killed at any moment, the same call finishes the work. Raises
    MlopsctlError."""
    check_range(start, end, wish)
    began = time.monotonic()
    create_schema(db)
    work = Todo(_survey(db, start, end, wish), wish.replaces, force)
    if work.days:
        with connections(db) as sessions:
            check_server(sessions[0])
            yield from lock(sessions, began)
            # Again: a seeding that was killed may have ended its last days while we waited for its locks.
            work = Todo(survey(sessions[0], start, end, wish), wish.replaces, force)
            work.check()
            check_room(db, [work.found.worlds[day] for day in work.days if day not in work.clear])
            parts = chunks({day: work.found.worlds[day] for day in work.days}, work.clear, work.found.alike)
            # Two connections that delete ranges side by side would wait for each other's gaps.
            yield from Work(parts).run(sessions[:1] if work.clear else sessions, began)
    detail = f"{number(work.days)} written; " if work.days else ""
    detail += f"{sum(read(db, start, end).rows.values()):,} rows in {start} … {end}"
    yield Step("seed", StepState.CHANGED if work.days else StepState.OK, detail, time.monotonic() - began)


def read(db: MariaDB, start: date | None = None, end: date | None = None) -> SeedReport:
    """Days and rows that are there, from `start` to `end` (None: as far as was seeded). Raises MlopsctlError."""
    with db.without_database.session() as session:
        first, last = seeded_range(session) or (FIRST, FIRST)
        start = start or min(first, end or LAST)
        end = end or max(last, start)
        stock = take_stock(session, start, end)
        rows = {table: count(session, stock, table) for table in DAY_OF}
    worlds: dict[World, list[date]] = {}
    for day in dates.days(start, end):
        if made := stock.made.get(day):
            worlds.setdefault(made.world, []).append(day)
    states = {day: stock.state(day) for day in dates.days(start, end)}
    scale = max((world.scale for world in worlds), default=1)
    named = {world: tuple(days) for world, days in worlds.items()}
    return SeedReport(start, end, len(stock.held["mlops.cust_info"]), scale, rows, states, named)


@dataclass(frozen=True)
class Todo:
    """What a run writes of what a survey found."""

    found: Survey
    replace: bool
    force: bool

    @property
    def foreign(self) -> tuple[date, ...]:
        return self.found.foreign if self.replace else ()

    @property
    def mend(self) -> tuple[date, ...]:
        return self.found.mend if self.force else tuple(day for day in self.found.mend if not in_reference(day))

    @property
    def days(self) -> list[date]:
        return sorted((*self.found.missing, *self.mend, *self.foreign))

    @property
    def clear(self) -> frozenset[date]:
        return frozenset((*self.mend, *self.foreign))

    def check(self) -> None:
        """Raises MlopsctlError where the reference period would be rewritten."""
        protected = [day for day in self.foreign if in_reference(day)]
        if protected and not self.force:
            raise MlopsctlError(
                f"{number(protected)} of the reference period, {REFERENCE_FIRST} … {REFERENCE_LAST}, would be "
                "rewritten: models are trained on it.",
                hint="--from 2023-12-01 leaves it alone, --force rewrites it",
                code="protected",
            )

    def notes(self) -> Iterator[str]:
        written = [day for day in self.days if in_reference(day)]
        gone = [day for day in self.found.mend if in_reference(day) and day not in self.clear]
        if written or gone:
            parts = [f"{number(written)} of it will be written"] if written else []
            parts += [f"rows are gone on {number(gone)} of it, which only --force mends"] if gone else []
            yield f"{REFERENCE_FIRST} … {REFERENCE_LAST} is the reference period: {'; '.join(parts)}."
        left = [day for day in self.found.foreign if day not in self.clear]
        if left:
            again = f"mlopsctl seed --again --from {left[0]} --to {left[-1]}"
            days = dates.format_days(left)
            yield f"Left as they are, with rows that seed would not make: {days}. To replace them: {again}"
        if self.days and self.found.later:
            later = self.found.later
            yield f"Left as they are, after the range: {span(later)}. With --to {later[-1]} they change, too."


def in_reference(day: date) -> bool:
    return REFERENCE_FIRST <= day <= REFERENCE_LAST


def _survey(db: MariaDB, start: date, end: date, wish: Wish) -> Survey:
    with db.without_database.session() as session:
        return survey(session, start, end, wish)


def _question(foreign: Sequence[date]) -> str:
    return f"Replace the rows of {number(foreign)} ({span(foreign)})?" if foreign else ""


def number(days: Sequence[date]) -> str:
    return "1 day" if len(days) == 1 else f"{len(days)} days"


def span(days: Sequence[date]) -> str:
    return f"{days[0]} … {days[-1]}" if len(days) > 1 else f"{days[0]}"
