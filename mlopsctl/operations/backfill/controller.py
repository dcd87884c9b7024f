"""Carrying out a backfill: make the runs, watch them to the end, tell what became of them."""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.deadline import SERVER_SILENT, Deadline
from mlopsctl.core.errors import TimedOut, Unavailable
from mlopsctl.core.model import PlannedRun
from mlopsctl.core.states import ACTIVE_RUN_STATES, RunAction, RunState, Selection
from mlopsctl.operations.backfill.pace import Pace
from mlopsctl.operations.backfill.pause_guard import Repause
from mlopsctl.operations.backfill.plan import BackfillPlan
from mlopsctl.operations.backfill.progress import SLOW, Progress, interval
from mlopsctl.operations.backfill.resolve import Reader
from mlopsctl.operations.backfill.run_counts import Counts, Watch
from mlopsctl.operations.backfill.stop_policy import Stop, is_unmade
from mlopsctl.operations.backfill.submission import Creation
from mlopsctl.operations.backfill.submission_state import CANCELLED

SOON = 10.0  # seconds before the end from which nothing but the end is looked for
ROUNDS = 4  # how often dates that got no run are tried again
T = TypeVar("T")


def run(
    plan: BackfillPlan,
    api: AirflowApi,
    *,
    timeout: float | None = None,
    detach: bool = False,
    reader: Reader | None = None,
    mark: Path | None = None,
) -> Iterator[Progress]:
    """Do what `plan` says; the last snapshot has `runs`. `detach`: until all runs are made. `reader`: of many runs.
    `mark`: of what is to be paused again.

    Raises plan.obstacle, TimedOut (after a last snapshot), MlopsctlError where nothing more can be done.
    """
    if plan.obstacle:
        raise plan.obstacle
    work = _Work(plan, api, timeout, detach, reader or api.runs)
    repause = Repause(plan, api, mark)
    if plan.dag.paused and plan.request.unpause and plan.waits:
        repause.unpause()
    yield from work.course()
    if work.over and repause.due and not detach:
        yield from work.patiently(repause.pause)
    yield work.last
    if not work.over and not (detach and work.made):
        what, verb = ("are not made", "make") if detach else ("have not ended", "wait for")
        raise TimedOut(
            f"after {timeout:.0f} s {work.left} of {len(plan.runs)} runs {what}; those that were made go on.",
            hint=f"say the same command again to {verb} them",
        )


class _Work:
    """The state of one call of run()."""

    def __init__(
        self, plan: BackfillPlan, api: AirflowApi, timeout: float | None, detach: bool, reader: Reader
    ) -> None:
        self.plan, self.api, self.detach, self.reader = plan, api, detach, reader
        self.began = time.monotonic()
        self.timeout = Deadline(timeout)
        self.deadline = Deadline(SERVER_SILENT)  # since Airflow answered last
        self.new_id = plan.standing_id or secrets.token_hex(3)
        self.over = False  # all runs have ended
        self.made = False  # all runs were made
        self.begun: set[datetime] = set()
        self.stop = Stop(plan, api, self.new_id)
        self.pace = Pace()
        self.known = {run.logical_date: _expected(run) for run in plan.runs}
        self.rest = Counts()  # of the pieces that are not at work
        self.last = Progress(Counts.of(plan.runs), 0.0)

    def course(self) -> Iterator[Progress]:
        """Piece by piece."""
        pieces = list(self.plan.pieces())
        for number, piece in enumerate(pieces, 1):
            if len(pieces) > 1 and not piece.waits:
                continue
            self.rest = Counts.of(run for at, run in self.known.items() if at not in piece.wanted)
            name = f"{number} of {len(pieces)}: {piece.start} … {piece.end}" if len(pieces) > 1 else ""
            self.last = replace(self.last, piece=name)
            self.over = False
            yield from self._rounds(piece)
            failed = any(self.known[at].state == "failed" for at in piece.wanted)
            if self.over and (failed or number < len(pieces)):
                yield from self.patiently(lambda: self.stop.ended(self.last.backfill_id))
            if not self.over or self.stop.why:
                break
        self._end()

    @property
    def left(self) -> int:
        """How many runs have not ended, or, detached, are not made."""
        if self.detach:
            return sum(is_unmade(run, self.begun) for run in self.last.runs)
        return self.last.counts.active + self.last.counts.waiting

    def _end(self) -> None:
        runs = tuple(replace(self.known[run.logical_date], action=run.action) for run in self.plan.runs)
        unmade = tuple(run for run in runs if self.stop.unmade(run, self.begun))
        self.last = replace(
            self.last,
            counts=Counts.of(runs),
            runs=runs,
            message="",
            eta=None,
            unmade=unmade,
            stopped=self.stop.why if unmade or self.stop.why == CANCELLED else "",
        )

    def _rounds(self, piece: BackfillPlan) -> Iterator[Progress]:
        """One round, as a rule. Another where a date that was to have a run has none: its maker died with it. After the
        last, such dates stay without."""
        for left in reversed(range(ROUNDS)):
            yield from self._round(piece)
            runs = yield from self._read(piece)
            self.known |= {run.logical_date: run for run in runs}
            if not left or not self.over or self.detach or self.stop.why or not any(is_lost(run) for run in runs):
                return
            self.over = False
            piece = yield from self._again(piece, runs)

    def _again(self, piece: BackfillPlan, runs: tuple[PlannedRun, ...]) -> Generator[Progress, None, BackfillPlan]:
        """The plan for the dates that got no run: no other is to be run once more."""
        rest = tuple(run if is_lost(run) else replace(run, action=RunAction.KEPT) for run in runs)
        standing = None
        if piece.dag.periodic:
            standing = yield from self.patiently(lambda: self.api.active_backfill(piece.dag.dag_id))
        request = replace(piece.request, only=Selection.MISSING, everything=False)
        return replace(piece, runs=rest, request=request, open=standing)

    def _round(self, piece: BackfillPlan) -> Iterator[Progress]:
        watch = Watch(piece, self.api)
        watch.tasks = self.last.tasks  # the slowest of all pieces
        with Creation(piece, self.api, self.new_id) as creation:
            try:
                yield from self._until_over(watch, creation)
            finally:
                self.begun |= creation.begun

    def _until_over(self, watch: Watch, creation: Creation) -> Iterator[Progress]:
        while not self.over and not self.timeout.expired:
            self.made = creation.done  # before the look: what is made after it is not seen by it
            if self.made and self.detach:
                self.stop.why = self.stop.why or creation.halted
                self._remember(watch, creation, Counter(), "")
                return
            pending = Counter(creation.pending)  # before it too, for the same reason
            message = self._look(watch, creation)
            self.over = (self.made or bool(self.stop.why)) and watch.idle and not message
            self._remember(watch, creation, pending, message)
            yield self.last
            if not self.over:
                time.sleep(interval(self.last))

    def _look(self, watch: Watch, creation: Creation) -> str:
        """Empty, or what is wrong just now. Raises MlopsctlError when Airflow has been silent for too long."""
        try:
            creation.count(lambda: self._count(watch, creation))
            self.stop.look(creation)
            if self.last.eta is None or self.last.eta > SOON:
                watch.look_at_tasks()  # under load this takes seconds
            self.deadline.renew()
            return watch.pulse()
        except Unavailable as e:
            if self.deadline.expired:
                raise
            return f"{e.message} Waiting for it, for {self.deadline.waited:.0f} s so far"

    def _count(self, watch: Watch, creation: Creation) -> int:
        """How many runs are active; and, before another one is made, whether that is still to be."""
        counts = watch.look()
        self.stop.count(counts + self.rest, creation)
        return counts.active

    def _remember(self, watch: Watch, creation: Creation, pending: Counter[RunState], message: str) -> None:
        now = time.monotonic()
        counts = watch.counts.without(pending) + self.rest
        text = message or creation.message or self.stop.why
        left, pace = self.pace.measure(counts, now)
        if text:  # who waits for something else cannot tell how long
            left = pace = None
        self.last = Progress(
            counts, now - self.began, left, text, creation.backfill_id, pace=pace, tasks=watch.tasks,
            piece=self.last.piece,
        )  # fmt: skip

    def _read(self, piece: BackfillPlan) -> Generator[Progress, None, tuple[PlannedRun, ...]]:
        return self.patiently(lambda: final(piece, self.reader))

    def patiently(self, ask: Callable[[], T]) -> Generator[Progress, None, T]:
        """What `ask` gives, once Airflow answers. Raises Unavailable where it has been silent for too long."""
        while True:
            try:
                given = ask()
                self.deadline.renew()
                return given
            except Unavailable as e:
                yield replace(self.last, message=e.message)
                if self.deadline.expired:
                    raise
            time.sleep(SLOW)


def _expected(run: PlannedRun) -> PlannedRun:
    """What has failed and will run again is not done."""
    return replace(run, state=RunState.NONE) if run.action == "again" and run.state not in ACTIVE_RUN_STATES else run


def is_lost(run: PlannedRun) -> bool:
    """Whether `run`, as it ended, was to be made and is not there."""
    return run.action == "new" and not run.state


def final(plan: BackfillPlan, reader: Reader) -> tuple[PlannedRun, ...]:
    """The planned runs with the state that they have now."""
    standing = {run.logical_date: run for run in reader(plan.dag.dag_id, *plan.bounds)}
    return tuple(
        replace(run, state=now.state, run_id=now.run_id, orphaned=False, unclearable=False)
        if (now := standing.get(run.logical_date))
        else replace(run, state=RunState.NONE, run_id="", orphaned=False, unclearable=False)
        for run in plan.runs
    )
