"""Let the tasks at work end, and no other start, while something changes that tasks need."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from mlopsctl.adapters.airflow.task_processes import running_task_ids
from mlopsctl.adapters.files import is_locked, lock
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import WORKER, Home
from mlopsctl.core.states import ALIVE_SERVICE_STATES
from mlopsctl.core.text import plural
from mlopsctl.operations.platform import Platform

POLL_INTERVAL = 0.5
WAIT = "let the tasks at work end"


def is_held(home: Home) -> bool:
    """Whether no task may start."""
    return is_locked(home.hold)


@dataclass
class Hold:
    """From `begin` to `end`, or to the end of this process, in whatever way: the scheduler sends no task, and worker
    hosts take none; see airflow_scripts/parallelism.py."""

    platform: Platform
    clock: Clock = SYSTEM_CLOCK
    _file: TextIO | None = field(default=None, init=False)
    _stopped: list[str] = field(default_factory=list, init=False)

    def begin(self, services: Sequence[str] = (WORKER,)) -> Iterator[str]:
        """Wait until no task is at work on any host, and stop services: until it is stopped, a worker takes tasks that
        were sent before."""
        self._file = self._file or lock(self.platform.home.hold)
        while busy := self._busy():
            self._check_follows(busy)
            yield f"waiting for {busy}"
            self.clock.sleep(POLL_INTERVAL)
        states = self.platform.supervisor.states()
        for name in services:
            if name in states and states[name].state in ALIVE_SERVICE_STATES:
                yield f"stopping the {name}"
                self._stopped.append(name)
                self.platform.supervisor.stop(name)

    def _check_follows(self, busy: str) -> None:
        """Raises MlopsctlError if the scheduler would send tasks all the same."""
        if self.platform.airflow.follows_slots:
            return
        message = f"there are {busy}, which a restart would end, and this scheduler cannot be told to start no others."
        raise MlopsctlError(message, hint=Hint.of("dags", "pause", "DAG", note="and wait"), code="tasks-at-work")

    @property
    def is_on(self) -> bool:
        return bool(self._file)

    def _busy(self) -> str:
        platform = self.platform
        tasks = {*running_task_ids(platform.supervisor), *platform.workers.tasks(platform)}
        if tasks:
            return f"{plural(len(tasks), 'task')} at work"
        hosts = platform.workers.taking_tasks(platform)
        return f"{', '.join(hosts)} to take no more tasks" if hosts else ""

    def end(self) -> None:
        """The services that were stopped are started again, unless this was done since, or they are no more, or the
        packages that they need are missing."""
        if not self._file:
            return
        states = self.platform.supervisor.states()
        for name in self._stopped:
            if name in states and self.platform.venv.record():
                self.platform.supervisor.start(name)
        self._file.close()
        self._file = None


@dataclass(frozen=True)
class HoldStep:
    hold: Hold
    name: str = "tasks"
    needs: Sequence[str] = ()

    def todo(self) -> str:
        return WAIT

    def do(self) -> Iterator[str]:
        yield from self.hold.begin()

    def detail(self) -> str:
        return "none is at work"
