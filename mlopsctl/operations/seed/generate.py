"""Generate exam data for the days that are missing. The server generates the rows itself, with `seed_sql/*.sql`."""

import time
from collections.abc import Iterator, Sequence
from datetime import date

from mlopsctl.adapters.mariadb.client import MariaDB, Session
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.core.text import plural
from mlopsctl.operations.seed import report
from mlopsctl.operations.seed.limits import check_disk_space, check_range
from mlopsctl.operations.seed.profile import SeedRequest
from mlopsctl.operations.seed.schema import check_server, create_schema, missing_tables
from mlopsctl.operations.seed.staging import chunks
from mlopsctl.operations.seed.survey import survey
from mlopsctl.operations.seed.write_plan import WritePlan
from mlopsctl.operations.seed.writer import ParallelWriter, connections, lock


def plan(db: MariaDB, start: date, end: date, request: SeedRequest, *, force: bool = False) -> Plan:
    """Asks if rows would be replaced. Raises MlopsctlError, also if that is in the reference period and not `force`."""
    check_range(start, end, request)
    tables = missing_tables(db)
    with db.without_database.session() as session:
        check_server(session)
        to_write = _write_plan(session, start, end, request, force)
    to_write.check()
    check_disk_space(db, to_write.added_profiles)
    return Plan(
        (
            PlannedStep("schema", f"create {', '.join(tables)}" if tables else ""),
            PlannedStep("seed", to_write.summary()),
        ),
        asks=to_write.question(),
        notes=tuple(to_write.notes()),
    )


def missing_days(db: MariaDB, start: date, end: date, request: SeedRequest, *, force: bool = False) -> list[date]:
    """The days that `run` would write. Raises MlopsctlError."""
    check_range(start, end, request)
    with db.without_database.session() as session:
        return _write_plan(session, start, end, request, force).days


def run(db: MariaDB, start: date, end: date, request: SeedRequest, *, force: bool = False) -> Iterator[Step]:
    """Write each missing day in one transaction; replace other days only if the request says so, and those of the
    reference period only with `force`. Safe to re-run after it was killed. Raises MlopsctlError."""
    check_range(start, end, request)
    began = time.monotonic()
    create_schema(db)
    written: list[date] = []
    if missing_days(db, start, end, request, force=force):
        with connections(db) as sessions:
            check_server(sessions[0])
            yield from lock(sessions, began)
            # Survey again: while we waited for the lock, another command may have written some of the days.
            to_write = _write_plan(sessions[0], start, end, request, force)
            to_write.check()
            check_disk_space(db, to_write.added_profiles)
            written = to_write.days
            yield from _write(sessions, to_write, began)
    rows = sum(report.read(db, start, end).rows.values())
    detail = f"{plural(len(written), 'day')} written; " if written else ""
    detail += f"{rows:,} rows in {start} … {end}"
    yield Step("seed", StepState.CHANGED if written else StepState.OK, detail, time.monotonic() - began)


def _write(sessions: Sequence[Session], to_write: WritePlan, began: float) -> Iterator[Step]:
    profiles = {day: to_write.survey.profiles[day] for day in to_write.days}
    parts = chunks(profiles, to_write.cleared, to_write.survey.same_snapshots)
    # Two connections that delete ranges at the same time would wait for each other's gap locks.
    yield from ParallelWriter(parts).run(sessions[:1] if to_write.cleared else sessions, began)


def _write_plan(session: Session, start: date, end: date, request: SeedRequest, force: bool) -> WritePlan:
    return WritePlan(survey(session, start, end, request), request.replaces, force)
