"""Waiting for a condition: a clock, a deadline, and a loop that polls."""

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from mlopsctl.core.errors import Unavailable

T = TypeVar("T")

SERVER_SILENT = 900.0  # seconds without any answer from Airflow after which a command gives up


class Clock(Protocol):
    """A monotonic clock, in seconds. Tests pass one that does not wait."""

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


SYSTEM_CLOCK = SystemClock()


class Deadline:
    """`seconds` from now, or from the last `renew()`; None: never."""

    def __init__(self, seconds: float | None, clock: Clock = SYSTEM_CLOCK) -> None:
        self.seconds = float("inf") if seconds is None else seconds
        self._clock = clock
        self.renew()

    def renew(self) -> None:
        """Start again from now."""
        self._since = self._clock.monotonic()

    @property
    def waited(self) -> float:
        """Seconds since the last renewal."""
        return self._clock.monotonic() - self._since

    @property
    def left(self) -> float:
        """Seconds until it expires; never negative."""
        return max(self.seconds - self.waited, 0.0)

    @property
    def expired(self) -> bool:
        return self.waited > self.seconds


class Every:
    """True at most every `seconds`, the first time at once: `if self._recount.due(): …`."""

    def __init__(self, seconds: float, clock: Clock = SYSTEM_CLOCK) -> None:
        self._seconds, self._clock = seconds, clock
        self._last = float("-inf")

    def due(self) -> bool:
        now = self._clock.monotonic()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True


def poll(until: Callable[[], T], *, every: float, give_up_after: float | None, clock: Clock = SYSTEM_CLOCK) -> T | None:
    """Call `until` every so many seconds until it returns something true, and return that; None at the deadline.

    While `until` raises Unavailable it is called again; at the deadline the last such error is raised. It is called
    at least once, and once more at the deadline.
    """
    deadline = Deadline(give_up_after, clock)
    while True:
        try:
            if found := until():
                return found
            if deadline.expired:
                return None
        except Unavailable:
            if deadline.expired:
                raise
        clock.sleep(min(every, deadline.left + 0.001))


def retry(call: Callable[[], T], *, every: float, give_up_after: float, clock: Clock = SYSTEM_CLOCK) -> T:
    """The result of `call`, which is repeated every so many seconds while it raises Unavailable.

    Raises the last Unavailable at the deadline, and any other error at once.
    """
    answer = poll(lambda: (call(),), every=every, give_up_after=give_up_after, clock=clock)
    assert answer  # noqa: S101  # a tuple is true: poll returned it, or raised
    return answer[0]
