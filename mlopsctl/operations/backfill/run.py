"""Carrying out a backfill: make the runs, watch them to the end, tell what became of them."""

import secrets
import time
from collections import Counter, deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from mlopsctl.adapters.airflow_api import ACTIVE, AirflowApi
from mlopsctl.adapters.airflow_http import Refused
from mlopsctl.adapters.airflow_metadata import note
from mlopsctl.errors import TimedOut, Unavailable
from mlopsctl.model import PlannedRun
from mlopsctl.operations.backfill.create import Creation
from mlopsctl.operations.backfill.plan import BackfillPlan
from mlopsctl.operations.backfill.watch import Counts, Tasks, Watch

FAST, SLOW = 0.3, 1.0  # seconds between two looks
PACE = 60.0  # seconds from which the pace is taken
GIVE_UP = 900.0  # seconds without any answer
ROUNDS = 4  # how often dates that got no run are tried again


@dataclass(frozen=True)
class Progress:
    """A moment of a backfill. `eta`: seconds left, `pace`: runs per minute, as measured. `piece`: which of several.

    `runs`: at the end, what became of each date. `stopped`: why nothing more is begun; `unmade`: the dates that were to
    have run and have not, for that.
    """

    counts: Counts
    seconds: float
    eta: float | None = None
    message: str = ""
    backfill_id: int | str | None = None
    runs: tuple[PlannedRun, ...] = ()
    pace: float | None = None
    tasks: Tasks = field(default_factory=Tasks)
    piece: str = ""
    stopped: str = ""
    unmade: tuple[PlannedRun, ...] = ()


def run(
    plan: BackfillPlan, api: AirflowApi, *, timeout: float | None = None, detach: bool = False
) -> Iterator[Progress]:
    """Do what `plan` says; the last snapshot has `runs`. `detach`: until all runs are made.

    Raises plan.obstacle, TimedOut (after a last snapshot), MlopsctlError where nothing more can be done.
    """
    if plan.obstacle:
        raise plan.obstacle
    work = _Work(plan, api, timeout, detach)
    if plan.dag.paused and plan.wish.unpause and plan.waits:
        api.pause(plan.dag.dag_id, False)
    yield from work.course()
    if work.over and plan.wish.repause and plan.dag.paused and not detach:
        api.pause(plan.dag.dag_id, True)
    yield work.last
    if not work.over and not detach:
        raise TimedOut(
            f"after {timeout:.0f} s {work.last.counts.active + work.last.counts.waiting} of {len(plan.runs)} runs have "
            "not ended; those that were made go on.",
            hint="say the same command again to wait for them",
        )


class _Work:
    """The state of one call of run()."""

    def __init__(self, plan: BackfillPlan, api: AirflowApi, timeout: float | None, detach: bool) -> None:
        self.plan, self.api, self.detach = plan, api, detach
        self.began, self.began_at = time.monotonic(), datetime.now(UTC)
        self.deadline = self.began + timeout if timeout is not None else float("inf")
        self.answered = self.began  # when Airflow answered last
        self.asked = 0.0  # when it was asked last whether to stop
        self.new_id = plan.standing_id or secrets.token_hex(3)
        self.over = False
        self.stopped = ""
        self.withdrawn: frozenset[str] = frozenset()  # ids of runs that were queued when it was stopped
        self.pace: deque[tuple[float, int]] = deque()  # when so many were done
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
            if not self.over or self.stopped:
                break
        self._end()

    def _end(self) -> None:
        runs = tuple(replace(self.known[run.logical_date], action=run.action) for run in self.plan.runs)
        unmade = tuple(run for run in runs if self.stopped and self._unmade(run))
        self.last = replace(
            self.last,
            counts=Counts.of(runs),
            runs=runs,
            message="",
            eta=None,
            unmade=unmade,
            stopped=self.stopped if unmade else "",
        )

    def _unmade(self, run: PlannedRun) -> bool:
        return run.action != "kept" and (not run.state or (run.run_id in self.withdrawn and run.state == "failed"))

    def _rounds(self, piece: BackfillPlan) -> Iterator[Progress]:
        """One round, as a rule. Another where a date that was to have a run has none: its maker died with it."""
        for _ in range(ROUNDS):
            yield from self._round(piece)
            runs = yield from self._read(piece)
            self.known |= {run.logical_date: run for run in runs}
            if not self.over or self.detach or self.stopped or not any(_lost(run) for run in runs):
                return
            self.over = False
            piece = self._again(piece, runs)

    def _again(self, piece: BackfillPlan, runs: tuple[PlannedRun, ...]) -> BackfillPlan:
        """The plan for the dates that got no run: no other is to be run once more."""
        rest = tuple(run if _lost(run) else replace(run, action="kept") for run in runs)
        standing = self.api.active_backfill(piece.dag.dag_id) if piece.dag.periodic else None
        wish = replace(piece.wish, only="missing", everything=False)
        return replace(piece, runs=rest, wish=wish, open=standing)

    def _round(self, piece: BackfillPlan) -> Iterator[Progress]:
        watch = Watch(piece, self.api)
        watch.tasks = self.last.tasks  # the slowest of all pieces
        with Creation(piece, self.api, self.new_id) as creation:
            while not self.over and time.monotonic() < self.deadline:
                made = creation.done  # before the look: what is made after it is not seen by it
                if made and self.detach:
                    self._remember(watch, creation, Counter(), "")
                    return
                pending = Counter(creation.pending)  # before it too, for the same reason
                message = self._look(watch, creation)
                self.over = (made or bool(self.stopped)) and watch.idle and not message
                self._remember(watch, creation, pending, message)
                yield self.last
                if not self.over:
                    time.sleep(_interval(self.last.eta))

    def _look(self, watch: Watch, creation: Creation) -> str:
        """Empty, or what is wrong just now. Raises MlopsctlError when Airflow has been silent for too long."""
        try:
            creation.count(lambda: self._count(watch, creation))
            if self.stopped:
                self._withdraw(creation)
            elif self.plan.engine == "runs" and not creation.done and self._cancelled():
                creation.stop()
                self.stopped = "cancelled by another command"
            watch.look_at_tasks()
            self.answered = time.monotonic()
            return watch.pulse()
        except Unavailable as e:
            if time.monotonic() - self.answered > GIVE_UP:
                raise
            return f"{e.message} Waiting for it, for {time.monotonic() - self.answered:.0f} s so far"

    def _count(self, watch: Watch, creation: Creation) -> int:
        """Look; and, before another run is made, stop where too many have failed. How many are active."""
        counts, limit = watch.look(), self.plan.wish.max_failures
        if limit and not self.stopped and (counts + self.rest).failed >= limit:
            number = self._failures()
            if number >= limit:
                creation.stop()
                self.stopped = f"stopped after {number} failure{'s' * (number > 1)}"
        return counts.active

    def _failures(self) -> int:
        """The dates that have failed since this backfill began; those that failed before may not be cleared yet."""
        plan = self.plan
        failed = self.api.runs(plan.dag.dag_id, *plan.bounds, ["failed"])
        return sum(run.logical_date in plan.wanted and bool(run.end and run.end >= self.began_at) for run in failed)

    def _cancelled(self) -> bool:
        """Whether somebody has cancelled it while runs are being made; asked once a second."""
        if time.monotonic() - self.asked < SLOW:
            return False
        self.asked = time.monotonic()
        cancelled = note(self.new_id, cancelled=True)
        return self.api.was_cancelled(self.plan.dag.dag_id, cancelled, *self.plan.bounds)

    def _withdraw(self, creation: Creation) -> None:
        """What is queued for this backfill fails; what is running goes on."""
        plan = self.plan
        ours = {run.logical_date for run in plan.runs if run.action != "kept"}
        queued = self.api.runs(plan.dag.dag_id, *plan.bounds, ["queued"])
        ids = frozenset(run.run_id for run in queued if run.logical_date in ours)
        self.withdrawn |= ids
        if not ids:
            return
        if plan.engine == "airflow" and isinstance(creation.backfill_id, int):
            try:
                self.api.cancel_backfill(creation.backfill_id)
            except Refused as e:
                if e.status != 409:  # it has ended
                    raise
        else:
            self.api.fail_runs(plan.dag.dag_id, sorted(ids))

    def _remember(self, watch: Watch, creation: Creation, pending: Counter[str], message: str) -> None:
        now = time.monotonic()
        counts = watch.counts.without(pending) + self.rest
        text = message or creation.message or self.stopped
        self._measure(counts, now)
        left, pace = self._eta(counts, now)
        self.last = Progress(
            counts, now - self.began, left, text, creation.backfill_id, pace=pace, tasks=watch.tasks,
            piece=self.last.piece,
        )  # fmt: skip

    def _measure(self, counts: Counts, now: float) -> None:
        if self.pace and counts.done < self.pace[-1][1]:  # cleared runs are done no more
            self.pace.clear()
        self.pace.append((now, counts.done))
        while self.pace[0][0] < now - PACE:
            self.pace.popleft()

    def _eta(self, counts: Counts, now: float) -> tuple[float | None, float | None]:
        """Seconds left, and runs per minute, from the pace of the last minute."""
        since, at_first = self.pace[0]
        done = counts.done - at_first
        if not done:
            return None, None
        return (now - since) / done * (counts.total - counts.done), done / (now - since) * 60

    def _read(self, plan: BackfillPlan) -> Generator[Progress, None, tuple[PlannedRun, ...]]:
        while True:
            try:
                return final(plan, self.api)
            except Unavailable as e:
                if time.monotonic() - self.answered > GIVE_UP:
                    raise
                yield replace(self.last, message=e.message)
            time.sleep(SLOW)


def _expected(run: PlannedRun) -> PlannedRun:
    """What has failed and will run again is not done."""
    return replace(run, state="") if run.action == "again" and run.state not in ACTIVE else run


def _lost(run: PlannedRun) -> bool:
    return run.action == "new" and not run.state


def final(plan: BackfillPlan, api: AirflowApi) -> tuple[PlannedRun, ...]:
    """The planned runs with the state that they have now."""
    standing = {run.logical_date: run for run in api.runs(plan.dag.dag_id, *plan.bounds)}
    return tuple(
        replace(run, state=now.state, run_id=now.run_id, stuck=False, doomed=False)
        if (now := standing.get(run.logical_date))
        else replace(run, state="", run_id="", stuck=False, doomed=False)
        for run in plan.runs
    )


def _interval(eta: float | None) -> float:
    """A look costs the API server CPU that the tasks want; towards the end it looks often, to see it at once."""
    return 0.5 if eta is None else min(max(eta / 8, FAST), SLOW)
