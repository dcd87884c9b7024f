"""Sends the submissions of one plan to Airflow, a few at a time, and sends again what Airflow did not answer."""

import concurrent.futures
from collections import Counter, deque
from concurrent.futures import Executor, Future
from dataclasses import replace
from datetime import datetime

from mlopsctl.core.deadline import SERVER_SILENT, Clock, Deadline
from mlopsctl.core.errors import Unavailable
from mlopsctl.core.states import ACTIVE_RUN_STATES, RunState, StopKind
from mlopsctl.operations.backfill.engines.base import Answer, Engine, Execution, Submission

LEAVE_WITHIN = 5.0  # seconds for which requests under way may still be answered when it is left


class Submitter:
    """The executor's threads only perform requests. What is known about them is kept here, for one thread.

    `execution`: with the id that Airflow has given. `submitted`: the dates whose submission was answered. `waits_for`:
    what has to happen before it continues. `stop_kind`: what another command wants instead.
    """

    def __init__(self, execution: Execution, engine: Engine, executor: Executor, clock: Clock) -> None:
        self.execution = execution
        self.submitted: set[datetime] = set()
        self.waits_for = ""
        self.stop_kind: StopKind | None = None
        self._executor, self._clock = executor, clock
        self._queue, self._max_in_flight = deque(engine.submissions(execution.plan)), engine.max_in_flight
        self._in_flight: dict[Future[Answer | None], Submission] = {}
        self._failing: Deadline | None = None
        self._throttled = engine.throttles(execution.plan)
        self._room = 0
        self.make_room(sum(run.state in ACTIVE_RUN_STATES for run in execution.plan.runs))

    @property
    def done(self) -> bool:
        """Whether everything was submitted and answered, or it was stopped."""
        return not self._in_flight and not (self._queue and self._max_in_flight)

    @property
    def pending(self) -> set[datetime]:
        """The dates whose submission has not been answered yet."""
        return {run.logical_date for run in self.execution.plan.changed} - self.submitted

    @property
    def outdated(self) -> Counter[RunState]:
        """The states of the runs that are to run again and have not been submitted yet."""
        pending = self.pending
        return Counter(run.state for run in self.execution.plan.changed if run.logical_date in pending)

    def make_room(self, active: int) -> None:
        """If mlopsctl limits the runs: `active` of them were queued or running just now."""
        orphaned = [run for run in self.execution.plan.runs if run.orphaned and run.logical_date not in self.submitted]
        self._room = self.execution.plan.max_active - active + len(orphaned) - len(self._in_flight)

    def advance(self) -> None:
        """Take the answers that have come, and send what may be sent. Raises what a request raised."""
        self._collect()
        self._send(again=True)

    def wait(self, seconds: float) -> None:
        """Sleep, and keep sending as answers come."""
        deadline = Deadline(seconds, self._clock)
        self._send()
        while self._in_flight and not deadline.expired:
            concurrent.futures.wait(self._in_flight, deadline.left, concurrent.futures.FIRST_COMPLETED)
            self._collect()
            self._send()
        self._clock.sleep(deadline.left)

    def stop(self) -> None:
        """Send nothing more."""
        self._max_in_flight = 0
        for future in [future for future in self._in_flight if future.cancel()]:
            del self._in_flight[future]

    def close(self) -> None:
        """Stop, and give requests that are under way a moment."""
        self.stop()
        concurrent.futures.wait(self._in_flight, LEAVE_WITHIN)

    def _send(self, again: bool = False) -> None:
        """`again`: also what had to wait."""
        while self._queue and (again or not self.waits_for) and len(self._in_flight) < self._max_in_flight:
            if self._throttled and self._room < len(self._queue[0].runs):
                return
            submission = self._queue.popleft()
            self._in_flight[self._executor.submit(submission.send, self.execution, submission.retry)] = submission
            self._room -= len(submission.runs)

    def _collect(self) -> None:
        for future in [future for future in self._in_flight if future.done()]:
            submission = self._in_flight.pop(future)
            try:
                answer = future.result() or Answer()
            except Unavailable as e:
                self._failing = self._failing or Deadline(SERVER_SILENT, self._clock)
                if self._failing.expired:
                    raise
                self.waits_for = e.message
                self._queue.appendleft(replace(submission, retry=True))
                continue
            self._failing, self.waits_for = None, answer.wait_for
            if answer.stop:
                self.stop_kind = answer.stop
                self.stop()
            elif answer.wait_for:
                self._queue.appendleft(submission)
            else:
                self.submitted |= submission.dates
                self.execution = replace(self.execution, id=answer.id or self.execution.id)
