"""The writing of exam data: chunks by threads with a connection each, a chunk all or nothing."""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Thread

from mlopsctl.adapters.mariadb.client import MariaDB, Session
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations.seed.days import DAY_OF, FAULTS, LEDGER, SNAPSHOTS, bounds
from mlopsctl.operations.seed.staging import Chunk, Stage, columns, select

WORKERS = 2
PATIENCE = 60.0  # seconds to wait for another seeding of the same feature store
# What is written, and the column that says to which day a row belongs. The ledger comes first: should somebody else be
# writing the same days, this waits for them, or fails.
COLUMNS = {LEDGER: "base_dt", **DAY_OF, FAULTS: "base_dt"}


@contextmanager
def connections(db: MariaDB) -> Iterator[list[Session]]:
    """As many as have cores to work on."""
    with ExitStack() as stack:
        yield [stack.enter_context(db.without_database.session()) for _ in range(min(WORKERS, os.cpu_count() or 1))]


def lock(sessions: Sequence[Session], began: float) -> Iterator[Step]:
    """One lock per worker, held by its connection: where a killed client's statement is still being worked off, we
    wait for it; where another machine seeds this server, we say so."""
    for n in range(WORKERS):
        while not sessions[n % len(sessions)].query("SELECT GET_LOCK(%s, 1)", (f"mlopsctl.seed.{n}",))[0][0]:
            yield Step("seed", StepState.RUNNING, "waiting for another seeding to end", time.monotonic() - began)
            if time.monotonic() - began > PATIENCE:
                raise MlopsctlError(
                    "another mlopsctl is seeding this feature store.", hint="wait until it has ended", code="locked"
                )


def write(stage: Stage, chunk: Chunk) -> None:
    """The rows of the chunk's days, all or none."""
    stage.ready(chunk)
    written = [table for table in COLUMNS if not (chunk.alike and table in SNAPSHOTS)]
    with stage.session.transaction() as session:
        if chunk.clear:
            clear(session, chunk, written)
        for table in written:
            session.run(f"INSERT INTO {table} ({columns(table)}) {select(table)}")


def clear(session: Session, chunk: Chunk, tables: Iterable[str] = tuple(COLUMNS)) -> None:
    """Remove all rows of the chunk's days, whoever wrote them."""
    for table in tables:
        between = bounds(chunk.days[0], chunk.days[-1])
        session.run(f"DELETE FROM {table} WHERE {COLUMNS[table]} BETWEEN %s AND %s", between)


def shares(chunks: Sequence[Chunk], number: int) -> list[Sequence[Chunk]]:
    """For each connection days that follow each other: what it makes ready for a month serves the next."""
    size = -(-len(chunks) // number) or 1
    return [part for n in range(number) if (part := chunks[size * n : size * (n + 1)])]


@dataclass
class Work:
    """The chunks that are left, a share for one thread per connection; what they report comes through a queue."""

    chunks: Sequence[Chunk]
    reports: "SimpleQueue[Chunk | Exception]" = field(init=False, default_factory=SimpleQueue)
    stop: Event = field(init=False, default_factory=Event)

    def run(self, sessions: Sequence[Session], began: float) -> Iterator[Step]:
        """Work all chunks off, with a running step at least twice a second. Raises a worker's error."""
        shared = zip(sessions, shares(self.chunks, len(sessions)), strict=False)
        threads = [Thread(target=self._work, args=share) for share in shared]
        done, all_, month = 0, sum(len(chunk.days) for chunk in self.chunks), ""
        try:
            for thread in threads:
                thread.start()
            while done < all_:
                try:
                    report = self.reports.get(timeout=0.5)
                except Empty:
                    yield Step("seed", StepState.RUNNING, _progress(month, done, all_), time.monotonic() - began)
                    continue
                if isinstance(report, Exception):
                    raise report
                done, month = done + len(report.days), f"{report.days[0]:%Y-%m}"
                yield Step("seed", StepState.RUNNING, _progress(month, done, all_), time.monotonic() - began)
        finally:  # also where the reader of these steps goes: each worker ends the chunk that it is at
            self.stop.set()
            for thread in threads:
                if thread.ident:
                    thread.join()

    def _work(self, session: Session, chunks: Sequence[Chunk]) -> None:
        try:
            stage = Stage(session)
            for chunk in chunks:
                if self.stop.is_set():
                    return
                write(stage, chunk)
                self.reports.put(chunk)
        except Exception as e:  # noqa: BLE001  # it is raised again in the thread that reads the reports
            self.reports.put(e)


def _progress(month: str, done: int, all_: int) -> str:
    return f"{month or 'first month'}: {done} of {all_} days"
