"""The emptying of days that were seeded. Rows of other days, and all other tables, stay."""

import time
from collections.abc import Iterator, Sequence
from datetime import date

from mlopsctl.adapters.mariadb.client import MariaDB, Session
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.db.schema import missing_tables
from mlopsctl.operations.seed.days import DAY_OF, FAULTS, FIRST, LAST, LEDGER, read_ledger
from mlopsctl.operations.seed.generate import in_reference, number, span
from mlopsctl.operations.seed.staging import chunks
from mlopsctl.operations.seed.writer import clear, connections, lock


def plan(db: MariaDB, start: date | None = None, end: date | None = None) -> Plan:
    """What `run` would do. Raises MlopsctlError."""
    missing_tables(db)  # raises where one is not as ours
    with db.without_database.session() as session:
        days = _days(session, start, end)
    reference = [day for day in days if in_reference(day)]
    notes = [f"{number(reference)} of them are in the reference period."] if reference else []
    return Plan(
        (PlannedStep("reset", f"empty {number(days)} ({span(days)})" if days else ""),),
        asks=f"Empty {number(days)} of exam data ({span(days)})?" if days else "",
        notes=tuple(notes),
    )


def run(db: MariaDB, start: date | None = None, end: date | None = None) -> Iterator[Step]:
    """Empty the days of the ledger from `start` to `end` (None: all). Killed at any moment, the same call finishes the
    work. Raises MlopsctlError."""
    began = time.monotonic()
    with connections(db) as sessions:
        session = sessions[0]
        yield from lock(sessions, began)
        days = _days(session, start, end)
        if days and start is end is None and _all_ours(session, days):
            _truncate(session)
        else:
            yield from _delete(session, days, began)
    detail = f"{number(days)} emptied" if days else "nothing was seeded there"
    yield Step("reset", StepState.CHANGED if days else StepState.OK, detail, time.monotonic() - began)


def _days(session: Session, start: date | None, end: date | None) -> list[date]:
    return list(read_ledger(session, start or FIRST, end or LAST))


def _all_ours(session: Session, days: Sequence[date]) -> bool:
    """Whether the tables hold rows of these days only."""
    ours = [f"{day:%Y%m%d}" for day in days]
    for table, column in DAY_OF.items():
        held = {row[0] for row in session.query(f"SELECT DISTINCT {column} FROM {table}")}
        if not held <= set(ours):
            return False
    return True


def _truncate(session: Session) -> None:
    """The ledger last: as long as it names a day, the same command goes on."""
    session.run("SET SESSION lock_wait_timeout = 60")  # the default is a day
    for table in (*DAY_OF, FAULTS, LEDGER):
        session.run(f"TRUNCATE TABLE {table}")


def _delete(session: Session, days: Sequence[date], began: float) -> Iterator[Step]:
    ledger = read_ledger(session, days[0], days[-1]) if days else {}
    done = 0
    for chunk in chunks({day: ledger[day].world for day in days}):
        with session.transaction():
            clear(session, chunk)
        done += len(chunk.days)
        yield Step("reset", StepState.RUNNING, f"{done} of {len(days)} days", time.monotonic() - began)
