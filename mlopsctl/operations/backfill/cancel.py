"""Cancel a backfill: its queued and its running runs are ended, and it is looked that they are.

Airflow's own cancel ends the queued ones only. Killed anywhere, the same command finishes it.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.adapters.airflow.run_owner import note
from mlopsctl.adapters.airflow.task_processes import running_task_ids
from mlopsctl.core.deadline import Deadline
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Backfill
from mlopsctl.core.states import ACTIVE_RUN_STATES, StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.backfill.find import again
from mlopsctl.operations.backfill.pause import ENDED
from mlopsctl.operations.platform import Platform

AT_ONCE = 25  # runs ended in one request
PAUSE = 1.0  # seconds between two looks
CALM = 2  # looks that must find nothing: an mlopsctl that makes runs learns of it within a second
PATIENCE = 300.0  # seconds without a run ending: a task that clears up may take its time


def plan(backfill: Backfill) -> Plan:
    """Steps without work where it has ended and left nothing behind."""
    if not backfill.active and not _left(backfill):
        over = f"backfill {backfill.id} of {backfill.dag_id} has ended ({backfill.state}): nothing to cancel."
        return Plan((PlannedStep("cancel", ""), PlannedStep("verify", "")), notes=(over,))
    steps = (
        PlannedStep("cancel", ", ".join(_work(backfill))),
        PlannedStep("verify", "wait until none of its runs is queued or running, and no task of it at work"),
    )
    asks = f"Cancel backfill {backfill.id} of {backfill.dag_id}: {_runs(backfill)} will end as failed. Go on?"
    return Plan(steps, asks=asks if backfill.unfinished else "", notes=tuple(_notes(backfill)))


def _work(backfill: Backfill) -> Iterator[str]:
    if backfill.active and backfill.engine == "airflow":
        yield "close the backfill"
    if not backfill.total:
        yield "end the runs that Airflow is making"
    elif backfill.unfinished or backfill.orphaned:
        yield f"end {_runs(backfill)}"


def _runs(backfill: Backfill) -> str:
    if not backfill.unfinished:
        return f"{backfill.orphaned} run{'s' * (backfill.orphaned > 1)} left queued for ever"
    return f"{backfill.queued} queued and {backfill.running} running runs"


def _left(backfill: Backfill) -> bool:
    """Whether an ended backfill left runs behind. In one that ended by itself, whoever cleared a run wants it."""
    return bool(backfill.orphaned or (backfill.state == "cancelled" and backfill.unfinished))


def _notes(backfill: Backfill) -> Iterator[str]:
    if backfill.running:
        yield "A task at work is killed within 15 s; one that clears up still does so."
    if backfill.dag_paused:
        yield f"{backfill.dag_id} stays paused; to unpause it: mlopsctl airflow -- dags unpause {backfill.dag_id}"


def run(plan: Plan, platform: Platform, backfill: Backfill) -> Iterator[Step]:
    """One step for each of the plan's. Raises MlopsctlError where Airflow refuses, Unavailable where it is away."""
    if plan.empty:
        yield from (Step(step.name, StepState.OK, "nothing to do") for step in plan.steps)
        return
    yield from _Cancel(platform, backfill).steps()


class _Cancel:
    def __init__(self, platform: Platform, backfill: Backfill) -> None:
        self.platform, self.metadata, self.api = platform, platform.metadata, platform.api
        self.backfill = backfill
        self.began = time.monotonic()
        self.deadline = Deadline(PATIENCE)  # since a run ended
        self.ended: set[str] = set()
        self.asked: set[str] = set()  # to end: those that take their time do not keep the others from it
        self.doubtful: set[str] = set()  # failed, and not yet looked at since
        self.first: dict[str, datetime] = {}  # when each was asked first

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def steps(self) -> Iterator[Step]:
        while True:
            try:
                yield from self._pass()
                return
            except Unavailable as e:  # also a deadlock with the scheduler, of which the server makes a 500 (seen)
                if self.deadline.expired:
                    raise
                yield Step("cancel", StepState.RUNNING, e.message, self.seconds)
            time.sleep(PAUSE)

    def _pass(self) -> Iterator[Step]:
        """All of it; begun once more, it does what is left."""
        if self.backfill.engine == "airflow" and self.backfill.active:
            yield from self._close()
        self.asked.clear()
        calm, before = 0, -1
        while calm < CALM:
            left = self._moving()
            tasks = 0 if left else self._at_work()
            calm = 0 if left or tasks else calm + 1
            if len(left) + tasks != before:
                before = len(left) + tasks
                self.deadline.renew()
            if self.deadline.expired:
                yield Step("verify", StepState.FAILED, "", self.seconds, self._unended(len(left), tasks))
                return
            yield from self._end(left)
            self._restore()
            if set(left) - self.asked:
                continue
            self.asked.clear()
            word = f"no run is left, {tasks} tasks are being killed" if tasks else "looking whether all have ended"
            yield Step("verify", StepState.RUNNING, word, self.seconds)
            time.sleep(PAUSE)
        yield Step("cancel", StepState.CHANGED, f"{len(self.ended)} runs ended", self.seconds)
        yield Step("verify", StepState.OK, "no run is queued or running, no task at work", self.seconds)

    def _close(self) -> Iterator[Step]:
        """Airflow makes all runs at once; what it makes after its cancel would stay queued for ever."""
        while self.backfill.active and not self.backfill.total:
            yield Step("cancel", StepState.RUNNING, "Airflow is still making its runs", self.seconds)
            time.sleep(PAUSE)
            self.backfill = again(self.metadata, self.backfill)
        queued = self._moving(("queued",))
        yield Step("cancel", StepState.RUNNING, f"{len(queued)} queued runs to end", self.seconds)
        try:
            self.api.cancel_backfill(int(self.backfill.id))
            self.ended |= set(queued)
        except RequestRejected as e:
            if e.status != ENDED:
                raise

    def _moving(self, states: Sequence[str] = ACTIVE_RUN_STATES) -> list[str]:
        """Queued ones first, the last of them before: away from where the scheduler is starting some."""
        runs = self.metadata.backfill_runs(self.backfill, states)[::-1]
        return [run.run_id for run in sorted(runs, key=lambda run: run.state)]

    def _end(self, run_ids: list[str]) -> Iterator[Step]:
        """The next of them: what is failed has been looked at just before. Airflow fails a run whatever has become of
        it since that look, and a request takes seconds where tasks want the processor: what _restore() is for."""
        chosen = [run_id for run_id in run_ids if run_id not in self.asked][:AT_ONCE]
        if not chosen:
            return
        yield Step("cancel", StepState.RUNNING, f"{len(run_ids)} runs to end", self.seconds)
        for run_id in chosen:
            self.first.setdefault(run_id, datetime.now(UTC))
        self.doubtful |= set(chosen)
        self.asked |= set(chosen)
        said = note(str(self.backfill.id), cancelled=True) if self.backfill.engine == "runs" else ""
        self.api.mark_runs_failed(self.backfill.dag_id, chosen, said)

    def _restore(self) -> None:
        """Make those a success again that had done all their work when they were failed.

        What is left is an instant, the only one in which a cancel must not be killed, and runs that Airflow calls a
        success although a task of theirs failed.
        """
        if not self.doubtful:
            return
        since = min(self.first[run_id] for run_id in self.doubtful)
        if done := self.metadata.completed_runs(self.backfill.dag_id, self.doubtful, since):
            self.api.mark_runs_success(self.backfill.dag_id, done)
        self.ended |= self.doubtful - set(done)
        self.doubtful.clear()

    def _at_work(self) -> int:
        """Tasks of ended runs whose processes live: Airflow sends SIGTERM at their next heartbeat (≤ 5 s), and SIGKILL
        5 s later. Until then, a run of the same date would run beside them."""
        living = running_task_ids(self.platform.supervisor)
        return len(self.metadata.backfill_tasks(self.backfill, living)) if living else 0

    def _unended(self, runs: int, tasks: int) -> MlopsctlError:
        what = f"{runs} runs" if runs else f"{tasks} tasks"
        return MlopsctlError(
            f"{what} of backfill {self.backfill.id} have not ended for {PATIENCE:.0f} s.",
            hint=Hint.of(
                "runs",
                self.backfill.dag_id,
                note="then:",
                other=(
                    "backfills",
                    "cancel",
                    str(self.backfill.id),
                ),
            ),
            code="not-cancelled",
        )
