"""Write exam data: one thread per connection, one transaction per chunk."""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Thread

from mlopsctl.adapters.mariadb.client import MariaDB, Session
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Deadline
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations.seed.ledger import DAY_COLUMN, FAULTS, LEDGER, SNAPSHOTS, bounds
from mlopsctl.operations.seed.staging import Chunk, Staging, columns, select

WORKERS = 2
LOCK_TIMEOUT = 60.0  # seconds to wait for another seed of the same feature store
HEARTBEAT = 0.5  # seconds after which progress is reported again
# The tables that are written, and the column of each that holds the day. The ledger is first: if another client writes
# the same days, the transaction waits there, or fails.
COLUMNS = {LEDGER: "base_dt", **DAY_COLUMN, FAULTS: "base_dt"}


@contextmanager
def connections(db: MariaDB) -> Iterator[list[Session]]:
    """As many as there are workers, but at most one per core."""
    with ExitStack() as stack:
        yield [stack.enter_context(db.without_database.session()) for _ in range(min(WORKERS, os.cpu_count() or 1))]


def lock(sessions: Sequence[Session], began: float, clock: Clock = SYSTEM_CLOCK) -> Iterator[Step]:
    """Take one lock per worker, held by its connection. Waits for a killed client whose statement is still running on
    the server. Raises MlopsctlError at the timeout: another client is seeding, maybe from another machine."""
    deadline = Deadline(LOCK_TIMEOUT, clock)
    for n in range(WORKERS):
        while not sessions[n % len(sessions)].query("SELECT GET_LOCK(%s, 1)", (f"mlopsctl.seed.{n}",))[0][0]:
            yield Step("seed", StepState.RUNNING, "waiting for another seed to finish", time.monotonic() - began)
            if deadline.expired:
                raise MlopsctlError(
                    "another mlopsctl is seeding this feature store.", hint="wait until it has finished", code="locked"
                )


def write(staging: Staging, chunk: Chunk) -> None:
    """Write all rows of the chunk in one transaction."""
    staging.prepare(chunk)
    tables = [table for table in COLUMNS if not (chunk.same_snapshots and table in SNAPSHOTS)]
    with staging.session.transaction() as session:
        if chunk.clear:
            clear(session, chunk, tables)
        for table in tables:
            session.run(f"INSERT INTO {table} ({columns(table)}) {select(table)}")


def clear(session: Session, chunk: Chunk, tables: Iterable[str] = tuple(COLUMNS)) -> None:
    """Delete all rows of the chunk's days, including those that are not from seed."""
    between = bounds(chunk.days[0], chunk.days[-1])
    for table in tables:
        session.run(f"DELETE FROM {table} WHERE {COLUMNS[table]} BETWEEN %s AND %s", between)


def split(chunks: Sequence[Chunk], parts: int) -> list[Sequence[Chunk]]:
    """Consecutive chunks for each connection: what it prepares for a month is used for the next one too."""
    size = -(-len(chunks) // parts) or 1
    return [part for n in range(parts) if (part := chunks[size * n : size * (n + 1)])]


@dataclass
class ParallelWriter:
    """Writes chunks with one thread per connection. The threads report through a queue."""

    chunks: Sequence[Chunk]
    reports: "SimpleQueue[Chunk | Exception]" = field(init=False, default_factory=SimpleQueue)
    stop: Event = field(init=False, default_factory=Event)

    def run(self, sessions: Sequence[Session], began: float) -> Iterator[Step]:
        """Yields running steps at least every HEARTBEAT seconds. Raises the error of a thread."""
        parts = zip(sessions, split(self.chunks, len(sessions)), strict=False)
        threads = [Thread(target=self._write, args=part) for part in parts]
        done, total, month = 0, sum(len(chunk.days) for chunk in self.chunks), ""
        try:
            for thread in threads:
                thread.start()
            while done < total:
                if chunk := self._next_report():
                    done, month = done + len(chunk.days), f"{chunk.days[0]:%Y-%m}"
                detail = f"{month or 'first month'}: {done} of {total} days"
                yield Step("seed", StepState.RUNNING, detail, time.monotonic() - began)
        finally:  # also if the reader of these steps stops: each thread completes its current chunk
            self.stop.set()
            for thread in threads:
                if thread.ident:
                    thread.join()

    def _next_report(self) -> Chunk | None:
        """The next chunk that was written; None if there was none for HEARTBEAT seconds."""
        try:
            report = self.reports.get(timeout=HEARTBEAT)
        except Empty:
            return None
        if isinstance(report, Exception):
            raise report
        return report

    def _write(self, session: Session, chunks: Sequence[Chunk]) -> None:
        try:
            staging = Staging(session)
            for chunk in chunks:
                if self.stop.is_set():
                    return
                write(staging, chunk)
                self.reports.put(chunk)
        except Exception as e:  # noqa: BLE001  # raised again in the thread that reads the reports
            self.reports.put(e)
