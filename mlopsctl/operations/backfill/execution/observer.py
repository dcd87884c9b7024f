"""Looks at the runs and tasks of a backfill, one plan after the other, and says how far it is."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import TypeVar

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.deadline import SERVER_SILENT, SYSTEM_CLOCK, Clock, Deadline
from mlopsctl.core.errors import Unavailable
from mlopsctl.core.hint import NO_HINT
from mlopsctl.core.model import BackfillId
from mlopsctl.core.result import Message
from mlopsctl.core.states import RunState, StopKind
from mlopsctl.operations.backfill.execution.progress import Progress, Rate, TaskEta, pause_before_look
from mlopsctl.operations.backfill.execution.run_counts import RunCounter, RunCounts
from mlopsctl.operations.backfill.execution.stall import StallDetector
from mlopsctl.operations.backfill.execution.stop_policy import StopReason
from mlopsctl.operations.backfill.execution.task_counts import TaskCounter
from mlopsctl.operations.backfill.plan import BackfillPlan

SOON = 10.0  # seconds before the end from which only the end is looked for
PAUSE = 1.5  # seconds between two attempts while Airflow does not answer
T = TypeVar("T")


class Observer:
    """`last`: the last progress. `runs`: of the plan that is under way. `trouble`: what is wrong just now."""

    runs: RunCounter

    def __init__(self, api: AirflowApi, clock: Clock = SYSTEM_CLOCK) -> None:
        self.last = Progress(RunCounts(), 0.0)
        self.trouble: Message | None = None
        self._api, self._clock = api, clock
        self._began, self._silence = Deadline(None, clock), Deadline(SERVER_SILENT, clock)
        self._rate, self._tasks, self._task_eta = Rate(clock), TaskCounter(api, clock), TaskEta(clock)
        self._counted = False

    @property
    def idle(self) -> bool:
        """Whether it is certain that no run of the plan is queued or running."""
        return self.runs.idle and not self.trouble

    @property
    def blocked(self) -> StopReason | None:
        """Why no run of the plan can go on."""
        blocked = self._stall.blocked
        if not blocked:
            return None
        runs_again = blocked.runs_cause and blocked.cause in {run.date for run in self._plan.runs}
        first = NO_HINT if runs_again else blocked.first
        return StopReason(StopKind.BLOCKED, blocked=blocked.text, first=first)

    def follow(self, plan: BackfillPlan, chunk: str = "", rest: RunCounts | None = None) -> None:
        """Look at this plan from now on. `rest`: the dates of the chunks that are not under way."""
        self._plan, self._rest = plan, rest or RunCounts()
        self.runs = RunCounter(plan, self._api, self._clock)
        self._stall = StallDetector(plan, self._api, self._clock)
        self._tasks.follow(plan, self._rest)
        self.last = replace(self.last, chunk=chunk)

    def look(self, then: Callable[[RunCounts], None]) -> None:
        """At the runs, then, now and then, at the tasks and at why nothing moves. `then`: what else to ask and decide.

        Raises Unavailable if Airflow has not answered for too long, and what `then` raises.
        """
        try:
            then(self.runs.look() + self._rest)
            if self.runs.counts.active and (self.last.eta is None or self.last.eta > SOON):
                self._counted = self._tasks.look(self.runs.counts)  # under load this takes seconds
            self.trouble = self._stall.explain(self.runs.counts)
            self._silence.renew()
        except Unavailable as e:
            self.trouble = self._no_answer(e)

    def report(
        self, waits_for: Message | None, backfill_id: BackfillId | None, outdated: Mapping[RunState, int] | None = None
    ) -> Progress:
        """As last seen. `outdated`: ended runs that are still to run again, by state."""
        runs = self.runs.counts.without(outdated or {})
        counts, tasks = runs + self._rest, self._tasks.counts(runs, runs.waiting - self.runs.counts.waiting)
        if self._counted:
            self._task_eta.counted(tasks)
            self._counted = False
        message, rate, seconds = self.trouble or waits_for, self._rate.measure(counts.done), self._began.waited
        if message:  # how long it waits for something is unknown
            rate = None
        run_eta = (counts.total - counts.done) / rate if rate else None
        over = counts.done == counts.total  # the tasks were counted some time ago
        eta = None if message or over else self._task_eta.seconds or run_eta
        pause, chunk = pause_before_look(counts, seconds, run_eta), self.last.chunk
        per_minute = rate and rate * 60
        self.last = Progress(counts, seconds, eta, per_minute, message, backfill_id, tasks, chunk, pause)
        return self.last

    def outlast(self, ask: Callable[[], T]) -> Generator[Progress, None, T]:
        """What `ask` returns as soon as Airflow answers. Raises Unavailable as look() does."""
        while True:
            try:
                answer = ask()
                self._silence.renew()
                return answer
            except Unavailable as e:
                yield replace(self.last, message=self._no_answer(e))
            self._clock.sleep(PAUSE)

    def _no_answer(self, error: Unavailable) -> Message:
        if self._silence.expired:
            raise error
        return Message(f"{error.message} Waiting for it, for {self._silence.waited:.0f} s so far")
