"""Stop services: Airflow before the databases, and supervisord last if all services are stopped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mlopsctl.adapters.airflow.task_processes import end_left_processes, running_task_ids
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, poll
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import AGENT, AIRFLOW, STORES, TUNNEL, WORKER
from mlopsctl.core.states import ALIVE_SERVICE_STATES, ServiceState
from mlopsctl.core.text import plural
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.step_runner import RunnableStep

SHUTDOWN_TIMEOUT = 10.0  # seconds until supervisord, which has stopped its services before, must have exited
TERMINATE_TIMEOUT = 5.0  # seconds until orphaned processes, which got SIGTERM, are killed
# Seconds after which a worker without tasks is killed: Celery waits without limit for a broker that cannot be reached.
IDLE_TIMEOUT = 30.0
POLL_INTERVAL = 0.05
TO_STOP = (*ALIVE_SERVICE_STATES, ServiceState.BACKOFF, ServiceState.STOPPING)


@dataclass(frozen=True)
class StopServiceStep:
    """Stop one service. `stop_all`: the other services are stopped too, and orphaned processes after them. `now`: kill
    a worker with its tasks, instead of waiting for them."""

    name: str
    needs: Sequence[str]
    supervisor: Supervisor
    stop_all: bool = False
    now: bool = False
    clock: Clock = SYSTEM_CLOCK
    _idle: list[float] = field(default_factory=list, init=False, repr=False, compare=False)

    def todo(self) -> str:
        status = self.supervisor.states().get(self.name)
        if not status and not self.stop_all:
            self._check_not_orphaned()
        return "stop" if status and status.state in TO_STOP else ""

    def _check_not_orphaned(self) -> None:
        """Raises MlopsctlError if services still run without supervisord, which is needed to stop a single one."""
        if not self.supervisor.running() and (orphaned := self.supervisor.processes()):
            raise MlopsctlError(
                f"{self.name} cannot be stopped alone: supervisord has died, and its services still run "
                f"(process {orphaned[0].pid}, {len(orphaned)} in total).",
                hint=Hint.of("stop", note="stops all services"),
                code="supervisor",
            )

    def do(self) -> Iterator[str]:
        tasks = len(running_task_ids(self.supervisor)) if self.name == WORKER else 0
        if self.now and self.name == WORKER:
            yield "killing it"
            self.supervisor.begin_stop(self.name)
            self.supervisor.kill(self.name)
        else:
            yield f"waiting for {plural(tasks, 'task')}" if tasks else "stopping"
        self.supervisor.stop(self.name, self._meanwhile)

    def _meanwhile(self) -> None:
        if self.name == "scheduler":
            end_left_processes(self.supervisor)
        if self.name == WORKER and self.clock.monotonic() > self._idle_since() + IDLE_TIMEOUT:
            self.supervisor.kill(self.name)

    def _idle_since(self) -> float:
        """By the monotonic clock; now, while a task is at work."""
        now = self.clock.monotonic()
        if running_task_ids(self.supervisor):
            self._idle.clear()
        self._idle.append(now)
        return self._idle[0]

    def detail(self) -> str:
        status = self.supervisor.states().get(self.name)
        return status.state if status else ServiceState.STOPPED


@dataclass(frozen=True)
class StopSupervisorStep:
    """Stop supervisord, and processes of its services that are still running."""

    needs: Sequence[str]
    supervisor: Supervisor
    name: str = "supervisor"
    clock: Clock = SYSTEM_CLOCK

    def todo(self) -> str:
        return "stop" if self.supervisor.running() or self.supervisor.processes() else ""

    def do(self) -> Iterator[str]:
        yield "stopping"
        self.supervisor.shutdown()
        poll(self._is_down, every=POLL_INTERVAL, give_up_after=SHUTDOWN_TIMEOUT, clock=self.clock)
        self.supervisor.end_leftovers(kill_after=TERMINATE_TIMEOUT)

    def _is_down(self) -> bool:
        return not self.supervisor.running()

    def detail(self) -> str:
        if left := self.supervisor.processes():
            pids = " ".join(str(process.pid) for process in left)
            raise MlopsctlError(
                f"processes are still running: {pids}.", hint=Hint(line=f"kill -9 {pids}"), code="not-stopped"
            )
        return "no processes left"


def _users(name: str) -> tuple[str, ...]:
    """The services that need another one until they have stopped: the tasks of a worker need the API, and the agent
    sends the end of their logs."""
    return {**dict.fromkeys(AIRFLOW, (WORKER,)), AGENT: (WORKER,), TUNNEL: (WORKER, AGENT)}.get(name, ())


def stop_steps(platform: Platform, names: Sequence[str], now: bool = False) -> list[RunnableStep]:
    """One step per service, and one for supervisord if `names` are all services of the home. `now`: see
    StopServiceStep."""
    airflow = [n for n in names if n not in STORES]
    stop_all = set(names) == {p.name for p in platform.programs()}
    steps: list[RunnableStep] = [
        StopServiceStep(name, airflow if name in STORES else _users(name), platform.supervisor, stop_all, now)
        for name in reversed(names)
    ]
    return [*steps, StopSupervisorStep(tuple(names), platform.supervisor)] if stop_all else steps
