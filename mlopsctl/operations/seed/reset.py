"""Delete the days that seed has written. Other days, and all other tables, are not changed."""

import time
from collections.abc import Iterator, Sequence
from datetime import date

from mlopsctl.adapters.mariadb.client import MariaDB, Session
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.core.text import plural
from mlopsctl.operations.seed.ledger import (
    DAY_COLUMN,
    FAULTS,
    FIRST_DAY,
    LAST_DAY,
    LEDGER,
    in_reference_period,
    read_ledger,
)
from mlopsctl.operations.seed.schema import missing_tables
from mlopsctl.operations.seed.staging import chunks
from mlopsctl.operations.seed.write_plan import day_range, days_with_range
from mlopsctl.operations.seed.writer import clear, connections, lock

LOCK_TIMEOUT = 60  # seconds to wait for a table that is in use; MariaDB's default is a day


def plan(db: MariaDB, start: date | None = None, end: date | None = None) -> Plan:
    """Raises MlopsctlError."""
    missing_tables(db)  # raises for a table with other columns
    with db.without_database.session() as session:
        days = _seeded_days(session, start, end)
    reference = [day for day in days if in_reference_period(day)]
    notes = (f"{plural(len(reference), 'day')} of them are in the reference period.",) if reference else ()
    question = f"Delete {plural(len(days), 'day')} of exam data ({day_range(days)})?" if days else ""
    return Plan((PlannedStep("reset", f"delete {days_with_range(days)}" if days else ""),), asks=question, notes=notes)


def run(db: MariaDB, start: date | None = None, end: date | None = None) -> Iterator[Step]:
    """Delete the days of the ledger from `start` to `end`; None: all. Safe to re-run after it was killed.

    Raises MlopsctlError.
    """
    began = time.monotonic()
    with connections(db) as sessions:
        session = sessions[0]
        yield from lock(sessions, began)
        days = _seeded_days(session, start, end)
        if days and start is end is None and _has_no_other_days(session, days):
            _truncate(session)
        else:
            yield from _delete(session, days, began)
    detail = f"{plural(len(days), 'day')} deleted" if days else "no exam data in this range"
    yield Step("reset", StepState.CHANGED if days else StepState.OK, detail, time.monotonic() - began)


def _seeded_days(session: Session, start: date | None, end: date | None) -> list[date]:
    return list(read_ledger(session, start or FIRST_DAY, end or LAST_DAY))


def _has_no_other_days(session: Session, days: Sequence[date]) -> bool:
    """Whether the tables have rows of these days only."""
    texts = {f"{day:%Y%m%d}" for day in days}
    return all(
        {row[0] for row in session.query(f"SELECT DISTINCT {column} FROM {table}")} <= texts
        for table, column in DAY_COLUMN.items()
    )


def _truncate(session: Session) -> None:
    """The ledger is last: as long as it has days, the command can be re-run."""
    session.run(f"SET SESSION lock_wait_timeout = {LOCK_TIMEOUT}")
    for table in (*DAY_COLUMN, FAULTS, LEDGER):
        session.run(f"TRUNCATE TABLE {table}")


def _delete(session: Session, days: Sequence[date], began: float) -> Iterator[Step]:
    ledger = read_ledger(session, days[0], days[-1]) if days else {}
    done = 0
    for chunk in chunks({day: ledger[day].profile for day in days}):
        with session.transaction():
            clear(session, chunk)
        done += len(chunk.days)
        yield Step("reset", StepState.RUNNING, f"{done} of {len(days)} days", time.monotonic() - began)
