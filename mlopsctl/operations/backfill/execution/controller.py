"""Carries out a plan: submits its runs, watches them until they have ended, reads the final state of each date."""

import secrets
from collections.abc import Generator, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Deadline, Every
from mlopsctl.core.errors import TimedOut
from mlopsctl.core.executor import DaemonExecutor
from mlopsctl.core.model import PlannedRun
from mlopsctl.core.result import Message
from mlopsctl.core.states import RunAction, RunState, Selection, StopKind
from mlopsctl.core.text import plural
from mlopsctl.operations.backfill.engines import engine_for
from mlopsctl.operations.backfill.engines.base import Execution
from mlopsctl.operations.backfill.execution.observer import Observer
from mlopsctl.operations.backfill.execution.pause_guard import PauseGuard
from mlopsctl.operations.backfill.execution.progress import Progress
from mlopsctl.operations.backfill.execution.run_counts import RunCounts
from mlopsctl.operations.backfill.execution.stop_policy import StopPolicy, is_unsubmitted
from mlopsctl.operations.backfill.execution.submitter import Submitter
from mlopsctl.operations.backfill.plan import BackfillPlan
from mlopsctl.operations.backfill.planning.resolve import RunReader

WORKERS = 4  # requests side by side
POLL = 1.0  # seconds between two questions whether another command wants it to stop
ROUNDS = 4  # how often a run is created for a date before it is given up


class Phase(StrEnum):
    SUBMITTING = "submitting"
    RUNNING = "running"  # everything has been submitted
    STOPPING = "stopping"  # nothing more is submitted; what is running continues
    ENDED = "ended"  # all runs have ended
    DETACHED = "detached"  # everything has been submitted, and they continue by themselves
    BLOCKED = "blocked"  # what has not ended cannot go on
    TIMED_OUT = "timed out"


IN_PROGRESS = (Phase.SUBMITTING, Phase.RUNNING, Phase.STOPPING)


def run(
    plan: BackfillPlan,
    api: AirflowApi,
    *,
    timeout: float | None = None,
    detach: bool = False,
    reader: RunReader | None = None,
    guard: PauseGuard | None = None,
    clock: Clock = SYSTEM_CLOCK,
    executor: Executor | None = None,
) -> Generator[Progress, None, None]:
    """Carry out `plan`. The last progress has `runs`.

    `detach`: only until everything is submitted. `reader`: of the final states; None: the API. Raises plan.obstacle,
    TimedOut after the last progress, MlopsctlError if Airflow rejects a request or does not answer for too long.
    """
    if plan.obstacle:
        raise plan.obstacle
    guard, reader = guard or PauseGuard(plan, api), reader or api.runs
    with executor or DaemonExecutor(WORKERS) as pool:
        yield from Controller(plan, api, pool, clock, reader, guard, Deadline(timeout, clock), detach).run()


@dataclass
class Controller:
    """One plan that is being carried out. Its state is for the thread that iterates over run()."""

    plan: BackfillPlan
    api: AirflowApi
    executor: Executor
    clock: Clock
    reader: RunReader
    guard: PauseGuard
    timeout: Deadline
    detach: bool
    phase: Phase = Phase.SUBMITTING

    def __post_init__(self) -> None:
        self._engine = engine_for(self.plan.engine)(self.api, self.clock)
        self._observer = Observer(self.api, self.clock)
        self._policy = StopPolicy(self.plan, self._engine, self.api)
        self._poll, self._since = Every(POLL, self.clock), datetime.now(UTC)
        self._new_id = self.plan.active_owner or secrets.token_hex(3)
        self._runs = {run.logical_date: run.expected for run in self.plan.runs}
        self._submitted: set[datetime] = set()
        self._failed = 0

    def run(self) -> Iterator[Progress]:
        """Chunk by chunk."""
        self.guard.unpause()
        chunks = list(self.plan.chunks())
        for number, chunk in enumerate(chunks, 1):
            if len(chunks) > 1 and not chunk.has_pending:
                continue
            name = f"{number} of {len(chunks)}: {chunk.start} … {chunk.end}" if len(chunks) > 1 else ""
            execution = yield from self._run_chunk(chunk, name)
            failed = any(self._runs[at].state == RunState.FAILED for at in chunk.logical_dates)
            if self.phase == Phase.ENDED and (failed or number < len(chunks)):
                cancelled = yield from self._observer.outlast(partial(self._engine.was_cancelled, execution))
                self._policy.stop(StopKind.CANCELLED if cancelled else None)
            if self.phase != Phase.ENDED or self._policy.reason:
                break
        yield from self._finish()

    def _run_chunk(self, chunk: BackfillPlan, name: str) -> Generator[Progress, None, Execution]:
        """As a rule in one round. In another if a date that was to get a run has none: the process that was to create
        it died. After the last round, such a date stays without."""
        for rounds_left in reversed(range(ROUNDS)):
            execution = yield from self._run_round(chunk, name)
            runs = yield from self._observer.outlast(partial(final_states, chunk, self.reader))
            self._runs |= {run.logical_date: run for run in runs}
            lost = any(run.is_lost for run in runs)
            if not (lost and rounds_left) or self.phase != Phase.ENDED or self._policy.reason:
                break
            chunk = yield from self._observer.outlast(partial(self._only_lost, chunk, runs))
        return execution

    def _run_round(self, chunk: BackfillPlan, name: str) -> Generator[Progress, None, Execution]:
        self.phase = Phase.SUBMITTING
        execution = Execution(chunk, self._engine.initial_id(chunk, self._new_id), self._since)
        submitter = Submitter(execution, self._engine, self.executor, self.clock)
        rest = RunCounts.of(run for at, run in self._runs.items() if at not in chunk.logical_dates)
        self._observer.follow(chunk, name, rest)
        try:
            while self.phase in IN_PROGRESS and not self.timeout.expired:
                yield self._tick(submitter)
                if self.phase in IN_PROGRESS:
                    submitter.wait(self._observer.last.look_again_in)
        finally:
            submitter.close()
            self._submitted |= submitter.submitted
        if self.phase in IN_PROGRESS:
            self.phase = Phase.TIMED_OUT
        return submitter.execution

    def _tick(self, submitter: Submitter) -> Progress:
        submitter.advance()
        submitted, outdated = submitter.done, submitter.outdated  # before the look, which cannot see what comes later
        self._observer.look(partial(self._decide, submitter))
        self.phase = self._next_phase(submitted)
        waits_for = submitter.waits_for or (self._policy.reason.text if self._policy.reason else "")
        return self._observer.report(Message(waits_for) if waits_for else None, submitter.execution.id, outdated)

    def _next_phase(self, submitted: bool) -> Phase:
        if submitted and self.detach:
            return Phase.DETACHED
        if submitted and self._observer.idle:
            return Phase.ENDED
        if self._observer.blocked:
            self._policy.reason = self._policy.reason or self._observer.blocked
            return Phase.BLOCKED
        if self._policy.reason:
            return Phase.STOPPING
        return Phase.RUNNING if submitted else Phase.SUBMITTING

    def _decide(self, submitter: Submitter, counts: RunCounts) -> None:
        """Whether more may be submitted. Raises Unavailable."""
        more_failed, self._failed = counts.failed > self._failed, counts.failed
        self._policy.stop(submitter.stop_kind)
        if not self._policy.reason and (more_failed or (not submitter.done and self._poll.due())):
            self._policy.stop(self._engine.poll(submitter.execution))
        self._policy.check_failures(counts.failed, self._since, submitter.pending)
        if self._policy.reason:
            submitter.stop()
            self._policy.withdraw(submitter.execution)
        else:
            submitter.make_room(self._observer.runs.counts.active)

    def _only_lost(self, chunk: BackfillPlan, runs: tuple[PlannedRun, ...]) -> BackfillPlan:
        """The plan for the dates that got no run; no other is to run again. Raises Unavailable."""
        kept = tuple(run if run.is_lost else replace(run, action=RunAction.KEPT) for run in runs)
        record = self.api.active_backfill(chunk.dag.dag_id) if chunk.dag.backfillable else None
        request = replace(chunk.request, only=Selection.MISSING, everything=False)
        return replace(chunk, runs=kept, request=request, open_backfill=record)

    def _finish(self) -> Iterator[Progress]:
        runs = tuple(replace(self._runs[run.logical_date], action=run.action) for run in self.plan.runs)
        not_run = tuple(run for run in runs if self._policy.not_run(run, self._submitted))
        reason = self._policy.reason
        stopped = reason if reason and (not_run or reason.kind in (StopKind.CANCELLED, StopKind.BLOCKED)) else None
        if self.phase == Phase.ENDED and self.guard.repause_due:
            yield from self._observer.outlast(self.guard.repause)
        counts, last = RunCounts.of(runs), self._observer.last
        ended = replace(last, counts=counts, eta=None, rate=None, message=None)
        yield replace(ended, runs=runs, stopped=stopped, not_run=not_run)
        if self.phase == Phase.TIMED_OUT:
            left, what = counts.active + counts.waiting, "have not ended"
            if self.detach:
                left, what = sum(is_unsubmitted(run, self._submitted) for run in runs), "have not been created"
            words = f"timed out after {self.timeout.seconds:.0f} s: {left} of {plural(len(runs), 'run')} {what}"
            words += f" ({last.message.text})" if last.message else ""
            raise TimedOut(f"{words}; existing runs continue.", hint="run the same command again to wait for them")


def final_states(plan: BackfillPlan, reader: RunReader) -> tuple[PlannedRun, ...]:
    """The planned runs with their present states."""
    existing = {run.logical_date: run for run in reader(plan.dag.dag_id, *plan.bounds)}
    return tuple(run.updated(existing.get(run.logical_date)) for run in plan.runs)
