"""The scheduler's sleep between two loops: until a task ends, so that the tasks that follow can start then."""

import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

SCHEDULER = "airflow.jobs.scheduler_job_runner"


class Sleep:
    """`wait`: returns when a task has ended, and otherwise after so many seconds."""

    def __init__(self, wait: Callable[[float], None]) -> None:
        self._wait = wait
        self._woke = time.monotonic()

    def __call__(self, seconds: float) -> None:
        """At least as long as the scheduler was busy: with many runs a loop takes long, and should deal with several
        tasks."""
        seconds = max(0.0, seconds)
        rest = min(seconds, time.monotonic() - self._woke)
        time.sleep(rest)
        self._wait(seconds - rest)
        self._woke = time.monotonic()


def replace(wait: Callable[[float], None]) -> None:
    """The first executor that is started is the default one: the scheduler waits for its tasks only."""
    scheduler: Any = sys.modules.get(SCHEDULER)
    if scheduler and scheduler.time is time:
        scheduler.time = SimpleNamespace(**{**vars(time), "sleep": Sleep(wait)})
