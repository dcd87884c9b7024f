"""The writing of exam data: days in chunks, chunks by threads with a connection each, a chunk all or nothing."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from queue import Empty, SimpleQueue
from threading import Event, Thread

from mlopsctl.adapters.mariadb import Session
from mlopsctl.model import Step
from mlopsctl.operations.schema import run_recipe
from mlopsctl.operations.seed_days import FIRST, RECIPE, SEED

CUSTOMERS = 1640


@dataclass(frozen=True)
class Chunk:
    """Days that follow each other within a month, written in one transaction; `clear`: emptied first."""

    days: tuple[date, ...]
    clear: bool

    def bounds(self) -> tuple[int, int]:
        return (self.days[0] - FIRST).days, (self.days[-1] - FIRST).days


def chunks(days: Sequence[date], clear: frozenset[date], scale: int) -> list[Chunk]:
    """A month each at scale 1, fewer days at larger scales, so that a transaction stays as small."""
    parts: list[list[date]] = []
    for day in days:
        last = parts[-1] if parts else []
        follows = last and (day - last[-1]).days == 1 and day.month == last[-1].month
        if follows and len(last) < max(1, 31 // scale) and (day in clear) == (last[-1] in clear):
            last.append(day)
        else:
            parts.append([day])
    return [Chunk(tuple(part), part[0] in clear) for part in parts]


@dataclass
class Work:
    """The chunks that are left, taken by one thread per connection; what they report comes through a queue."""

    days: Sequence[date]
    clear: frozenset[date]
    scale: int
    reports: "SimpleQueue[Chunk | Exception]" = field(init=False, default_factory=SimpleQueue)
    stop: Event = field(init=False, default_factory=Event)

    def __post_init__(self) -> None:
        self.left = deque(chunks(self.days, self.clear, self.scale))

    def run(self, sessions: Sequence[Session], began: float) -> Iterator[Step]:
        """Work all chunks off, with a running step at least twice a second. Raises a worker's error."""
        threads = [Thread(target=self._work, args=(session,)) for session in sessions[: len(self.left)]]
        done, month = 0, ""
        try:
            for thread in threads:
                thread.start()
            while done < len(self.days):
                try:
                    report = self.reports.get(timeout=0.5)
                except Empty:
                    report = Chunk((), False)
                if isinstance(report, Exception):
                    raise report
                done += len(report.days)
                month = f"{report.days[0]:%Y-%m}" if report.days else month
                detail = f"{month or 'first month'}: {done} of {len(self.days)} days"
                yield Step("seed", "running", detail, time.monotonic() - began)
        finally:  # also where the reader of these steps goes: each worker ends the chunk that it is at
            self.stop.set()
            for thread in threads:
                if thread.ident:
                    thread.join()

    def _work(self, session: Session) -> None:
        try:
            self._prepare(session)
            while self.left and not self.stop.is_set():
                try:
                    chunk = self.left.popleft()
                except IndexError:  # the other thread was faster
                    return
                session.run("SET @first_day = %s, @last_day = %s", chunk.bounds())
                with session.transaction():
                    if chunk.clear:
                        run_recipe(session, "clear")
                    run_recipe(session, "fill")
                self.reports.put(chunk)
        except Exception as e:  # noqa: BLE001  # it is raised again in the thread that reads the reports
            self.reports.put(e)

    def _prepare(self, session: Session) -> None:
        """The session's settings, and all customers and applications in temporary tables of its own."""
        # join_cache_level: without its buffer the server writes the rows in the order of their key.
        session.run("SET SESSION sql_mode = 'STRICT_ALL_TABLES', join_cache_level = 0")
        first, last = (self.days[0] - FIRST).days, (self.days[-1] - FIRST).days
        session.run(
            "SET @seed = %s, @recipe = %s, @scale = %s, @customers = %s, @from_day = %s, @to_day = %s",
            (SEED, RECIPE, self.scale, CUSTOMERS * self.scale, first, last),
        )
        for recipe in ("curves", "customers", "families", "calendar", "applications"):
            run_recipe(session, recipe)
