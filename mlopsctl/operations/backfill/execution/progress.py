"""How far a backfill is, and how long it will take."""

from collections import deque
from dataclasses import dataclass, field

from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock
from mlopsctl.core.model import BackfillId, PlannedRun
from mlopsctl.core.result import Message
from mlopsctl.operations.backfill.execution.run_counts import RunCounts
from mlopsctl.operations.backfill.execution.stop_policy import StopReason
from mlopsctl.operations.backfill.execution.task_counts import TaskCounts

FAST, SLOW = 0.1, 1.5  # seconds between two looks
SPAN = 60.0  # seconds over which the rate is measured


@dataclass(frozen=True)
class Progress:
    """A moment of a backfill. `eta`: seconds left; `rate`: runs per minute; both None if unknown. `message`: what it
    waits for. `chunk`: which one, if there are several. `look_again_in`: seconds.

    Only the last one has `runs`, the final state of each date, `stopped`, why no more runs were started, and `not_run`,
    the dates that did not run because of that.
    """

    counts: RunCounts
    seconds: float
    eta: float | None = None
    rate: float | None = None
    message: Message | None = None
    backfill_id: BackfillId | None = None
    tasks: TaskCounts = field(default_factory=TaskCounts)
    chunk: str = ""
    look_again_in: float = 0.5
    runs: tuple[PlannedRun, ...] = ()
    stopped: StopReason | None = None
    not_run: tuple[PlannedRun, ...] = ()


def pause_before_look(counts: RunCounts, seconds: float, eta: float | None) -> float:
    """Seconds. A look costs the API server CPU that the tasks want; towards the end looks are frequent, to see it soon.

    `eta`: by the runs that have ended. What is left may end all at once, sooner than that: then a look may be late by
    1 % of the `seconds` so far. That costs the tasks little: while they have much to do, the answer takes a second.
    """
    if eta is None:
        return 0.5
    if counts.queued or counts.waiting:
        return min(max(eta / 5, 3 * FAST), SLOW)
    return min(max(min(eta / 5, seconds / 100), FAST), SLOW)


class Rate:
    """How fast something gets done, measured over the last minute."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()  # when so many were done

    def measure(self, done: int) -> float | None:
        """Per second; None until something has been done."""
        now = self._clock.monotonic()
        if self._seen and done < self._seen[-1][1]:  # cleared runs are no longer done
            self._seen.clear()
        self._seen.append((now, done))
        while self._seen[0][0] < now - SPAN:
            self._seen.popleft()
        since, at_first = self._seen[0]
        return (done - at_first) / (now - since) if done > at_first and now > since else None


class TaskEta:
    """When all tasks will have ended. They are counted seldom; between two counts the time just passes."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock, self._rate = clock, Rate(clock)
        self._end: float | None = None

    def counted(self, tasks: TaskCounts) -> None:
        rate = self._rate.measure(tasks.done)
        self._end = self._clock.monotonic() + (tasks.total - tasks.done) / rate if rate else None

    @property
    def seconds(self) -> float | None:
        """None if it is unknown, or has passed."""
        left = self._end - self._clock.monotonic() if self._end else 0.0
        return left if left > 0 else None
