"""Cancel a backfill: end its queued and running runs, and check that they have ended.

Airflow's own cancel ends the queued ones only. If it is killed, the same command finishes it.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Deadline
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Backfill
from mlopsctl.core.result import Message
from mlopsctl.core.states import ACTIVE_RUN_STATES, BackfillState, RunState, StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.core.text import plural
from mlopsctl.operations.backfill.engines import engine_for
from mlopsctl.operations.backfill.engines.base import CONFLICT
from mlopsctl.operations.backfill.existing.find import reread
from mlopsctl.operations.backfill.existing.pause import has_ended
from mlopsctl.operations.target import Target

BATCH = 25  # runs ended in one request
PAUSE = 1.0  # seconds between two looks
QUIET_LOOKS = 2  # looks that must find nothing: an mlopsctl that creates runs notices the cancel within a second
GIVE_UP = 300.0  # seconds without a run ending: a task that cleans up may take its time


def plan(backfill: Backfill) -> Plan:
    """Empty if it has ended and left nothing behind."""
    if not backfill.active and not _left_runs(backfill):
        return Plan((PlannedStep("cancel", ""), PlannedStep("verify", "")), notes=(has_ended(backfill, "cancel"),))
    steps = (
        PlannedStep("cancel", ", ".join(_what(backfill))),
        PlannedStep("verify", "wait until none of its runs is queued or running, and none of its tasks is running"),
    )
    asks = f"Cancel backfill {backfill.id} of {backfill.dag_id}: {_runs(backfill)} will end as failed. Continue?"
    return Plan(steps, asks=asks if backfill.unfinished else "", notes=tuple(_notes(backfill)))


def _what(backfill: Backfill) -> Iterator[str]:
    if backfill.active and engine_for(backfill.engine).has_record:
        yield "close the backfill"
    if not backfill.total:
        yield "end the runs that Airflow is creating"
    elif backfill.unfinished or backfill.orphaned:
        yield f"end {_runs(backfill)}"


def _runs(backfill: Backfill) -> str:
    if not backfill.unfinished:
        return f"{plural(backfill.orphaned, 'run')} that would stay queued"
    return f"{backfill.queued} queued and {backfill.running} running runs"


def _left_runs(backfill: Backfill) -> bool:
    """Whether an ended backfill left runs behind. If it ended by itself, a run that was cleared since is wanted."""
    return bool(backfill.orphaned or (backfill.state == BackfillState.CANCELLED and backfill.unfinished))


def _notes(backfill: Backfill) -> Iterator[Message]:
    if backfill.running:
        yield Message("A running task is killed within 15 s; one that cleans up still does so.")
    if backfill.dag_paused:
        unpause = Hint.of("dags", "unpause", backfill.dag_id)
        yield Message(f"{backfill.dag_id} stays paused.", hint=unpause)


def run(plan: Plan, target: Target, backfill: Backfill, clock: Clock = SYSTEM_CLOCK) -> Iterator[Step]:
    """One step for each of the plan's. Raises MlopsctlError if Airflow rejects it or does not answer."""
    if plan.empty:
        yield from (Step(step.name, StepState.OK, "nothing to do") for step in plan.steps)
        return
    yield from _Cancel(target, backfill, clock).steps()


class _Cancel:
    def __init__(self, target: Target, backfill: Backfill, clock: Clock) -> None:
        self.target, self.metadata, self.api = target, target.metadata, target.api
        self.backfill, self.engine, self.clock = backfill, engine_for(backfill.engine)(target.api, clock), clock
        self.began = Deadline(None, clock)
        self.deadline = Deadline(GIVE_UP, clock)  # since a run ended last
        self.ended: set[str] = set()
        self.asked: set[str] = set()  # to end: slow ones do not keep the others waiting
        self.unchecked: set[str] = set()  # marked as failed, and not looked at since
        self.first_asked: dict[str, datetime] = {}
        self._sees_tasks = True
        self._last_unfinished = time.time()  # when a run was last seen that had not ended

    def steps(self) -> Iterator[Step]:
        while True:
            try:
                yield from self._attempt()
                return
            except Unavailable as e:  # also a deadlock with the scheduler, which the server answers with 500 (seen)
                if self.deadline.expired:
                    raise
                yield self._step("cancel", StepState.RUNNING, e.message)
            self.clock.sleep(PAUSE)

    def _attempt(self) -> Iterator[Step]:
        """Everything; repeated, it does what is left."""
        if self.backfill.active and self.engine.has_record:
            yield from self._close()
        self.asked.clear()
        quiet, before = 0, -1
        while quiet < QUIET_LOOKS:
            left = self._unfinished()
            self._last_unfinished = time.time() if left else self._last_unfinished
            tasks = 0 if left else self._running_tasks()
            quiet = 0 if left or tasks else quiet + 1
            if len(left) + tasks != before:
                before = len(left) + tasks
                self.deadline.renew()
            if self.deadline.expired:
                yield self._step("verify", StepState.FAILED, "", self._not_ended(len(left), tasks))
                return
            yield from self._end(left)
            self._restore_completed()
            if set(left) - self.asked:
                continue
            self.asked.clear()
            killed = f"no run is left; {plural(tasks, 'task')} still running" if tasks else ""
            yield self._step("verify", StepState.RUNNING, killed or "checking that all have ended")
            self.clock.sleep(PAUSE)
        yield self._step("cancel", StepState.CHANGED, f"{plural(len(self.ended), 'run')} ended")
        seen = ", no task is running" if self._sees_tasks else "; running tasks are stopped within 15 s"
        yield self._step("verify", StepState.OK, f"no run is queued or running{seen}")

    def _step(self, name: str, state: StepState, detail: str, error: MlopsctlError | None = None) -> Step:
        return Step(name, state, detail, self.began.waited, error)

    def _close(self) -> Iterator[Step]:
        """Airflow creates all runs at once; those that it creates after its cancel would stay queued."""
        while self.backfill.active and not self.backfill.total:
            yield self._step("cancel", StepState.RUNNING, "Airflow is still creating its runs")
            self.clock.sleep(PAUSE)
            self.backfill = reread(self.metadata, self.backfill)
        queued = self._unfinished((RunState.QUEUED,))
        yield self._step("cancel", StepState.RUNNING, f"ending {plural(len(queued), 'queued run')}")
        try:
            self.engine.cancel(self.backfill)
            self.ended |= set(queued)
        except RequestRejected as e:
            if e.status != CONFLICT:
                raise

    def _unfinished(self, states: Sequence[RunState] = ACTIVE_RUN_STATES) -> list[str]:
        """Queued ones first, the last of them before the others: far from where the scheduler starts runs."""
        runs = self.metadata.backfill_runs(self.backfill, states)[::-1]
        return [run.run_id for run in sorted(runs, key=lambda run: run.state)]

    def _end(self, run_ids: list[str]) -> Iterator[Step]:
        """The next batch. What is marked as failed was looked at just before: Airflow marks a run whatever its state is
        by then, and a request takes seconds while tasks need the CPU. That is what _restore_completed() is for."""
        batch = [run_id for run_id in run_ids if run_id not in self.asked][:BATCH]
        if not batch:
            return
        yield self._step("cancel", StepState.RUNNING, f"ending {plural(len(run_ids), 'run')}")
        for run_id in batch:
            self.first_asked.setdefault(run_id, datetime.now(UTC))
        self.unchecked |= set(batch)
        self.asked |= set(batch)
        self.engine.end_runs(self.backfill, batch)

    def _restore_completed(self) -> None:
        """Mark those as success again whose tasks had all ended well when they were marked as failed.

        A cancel must not be killed in the instant between. Left out are runs that Airflow calls a success although one
        of their tasks failed.
        """
        if not self.unchecked:
            return
        since = min(self.first_asked[run_id] for run_id in self.unchecked)
        if completed := self.metadata.completed_runs(self.backfill.dag_id, self.unchecked, since):
            self.api.mark_runs_success(self.backfill.dag_id, completed)
        self.ended |= self.unchecked - set(completed)
        self.unchecked.clear()

    def _running_tasks(self) -> int:
        """Tasks of ended runs whose processes still exist: Airflow sends SIGTERM at their next heartbeat (≤ 5 s), and
        SIGKILL 5 s later. Until then, a new run of the same date would run beside them."""
        number = self.target.count_running_tasks(self.backfill, self._last_unfinished)
        self._sees_tasks = number is not None
        return number or 0

    def _not_ended(self, runs: int, tasks: int) -> MlopsctlError:
        what = plural(runs, "run") if runs else plural(tasks, "task")
        cancel = ("backfills", "cancel", str(self.backfill.id))
        words = f"{what} of backfill {self.backfill.id} did not end within {GIVE_UP:.0f} s."
        hint = Hint.of("runs", self.backfill.dag_id, note="then:", other=cancel)
        return MlopsctlError(words, hint=hint, code="not-cancelled")
