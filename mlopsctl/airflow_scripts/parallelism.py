"""How many tasks the scheduler starts at once follows two files while it runs. Airflow reads `[core] parallelism` once,
but on a platform with workers hosts come and go. preload.py calls `follow` after the modules are imported.

$AIRFLOW_HOME/slots: the number; without the file, that of airflow.cfg. $AIRFLOW_HOME/hold: none while it is locked,
which mlopsctl does while it changes what tasks need; it cannot forget that, because a lock ends with its process.
"""

import fcntl
import importlib
import os
import time
from pathlib import Path
from typing import Any

FRESH = 0.5  # seconds for which the files are not read again


class Limit:
    """An attribute of a class, which gets its usual value when an object is made. `least`: an executor refuses to start
    with 0."""

    def __init__(self, home: Path, name: str, least: int) -> None:
        self.slots, self.hold, self.name, self.least = home / "slots", home / "hold", name, least
        self.read_at, self.found = float("-inf"), -1

    def __set__(self, instance: Any, usual: int) -> None:
        instance.__dict__[self.name] = usual

    def __get__(self, instance: Any, _: type) -> Any:
        if instance is None:
            return self
        if time.monotonic() - self.read_at > FRESH:
            self.found, self.read_at = self._read(), time.monotonic()
        return max(self.least, instance.__dict__[self.name] if self.found < 0 else self.found)

    def _read(self) -> int:
        """-1: the usual number."""
        if _is_locked(self.hold):
            return 0
        try:
            return int(self.slots.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return -1


def _is_locked(path: Path) -> bool:
    try:
        with path.open(encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def follow() -> None:
    """The scheduler limits the tasks of all executors together, and each executor its own. The names are those of
    Airflow 3.3. Where one is missing, nothing is changed."""
    try:
        scheduler: Any = importlib.import_module("airflow.jobs.scheduler_job_runner").SchedulerJobRunner
        executor: Any = importlib.import_module("airflow.executors.base_executor").BaseExecutor
    except (ImportError, AttributeError):
        return
    found = {scheduler: "_parallelism", executor: "parallelism"}
    if all(name in owner.__init__.__code__.co_names for owner, name in found.items()):
        home = Path(os.environ["AIRFLOW_HOME"])
        for owner, name in found.items():
            setattr(owner, name, Limit(home, name, least=int(owner is executor)))


FOLLOW = {"parallelism": follow}
