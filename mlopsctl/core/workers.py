"""Worker hosts of a platform, as the head knows them."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from mlopsctl.core.errors import UsageError

HEAD = "head"  # the name in the certificate of the head, which no worker can have
HEAD_QUEUE = "head"  # of tasks that need files of the head's home; only the worker of that machine takes them
JOIN = "join"  # the way to the head for hosts without a certificate
# The addresses from which the tunnel on the head connects to services: they tell connections of hosts with a
# certificate, and of those without one, from those of the head itself.
WORKER_SOURCE, OPEN_SOURCE = "127.0.0.2", "127.0.0.3"
REPORT_INTERVAL = 3.0  # seconds between two reports of a host
MOST_SLOTS = 1024  # of a host; the scheduler starts as many tasks as there are slots
RENEWAL = 30 * 24 * 3600.0  # seconds before the end of its certificate at which a host asks for a new one
TASKS_LOST = 60.0  # seconds without a report after which its tasks are lost, too; see adapters/airflow/config.py
SILENCE = 15.0  # seconds without a report after which a host counts as dead


def check_queues(queues: Collection[str]) -> None:
    """The queues of a worker host. Raises UsageError for that of the head."""
    if HEAD_QUEUE in queues:
        raise UsageError(
            f"the queue {HEAD_QUEUE} is for tasks that need files of the head, where its own worker takes them.",
            hint="choose another name",
        )


def tasks_at_once(slots: int) -> int:
    """How many tasks the scheduler may have started, for so many slots of workers. Some wait in the broker, so that a
    slot does not wait for the scheduler; few, because their order is fixed then."""
    return slots + -(-slots // 2)


class Wanted(StrEnum):
    """The state that a host is to reach: it takes tasks; it takes no more; it ends as soon as its tasks have ended."""

    RUN = "run"
    DRAIN = "drain"
    STOP = "stop"


class WorkerState(StrEnum):
    """`STARTING`: it has joined, or was told to run, and is not ready. `DRAINING`, `STOPPING`: its tasks are still at
    work. `STOPPED`: from here or by hand. `DEAD`: nothing was heard from it for SILENCE seconds."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"
    DRAINED = "drained"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DEAD = "dead"


@dataclass(frozen=True)
class TasksOfQueue:
    """The tasks of a queue that wait for a worker, and those that run on one. `oldest`: for how many seconds the first
    of them has been waiting; None: none waits."""

    queue: str
    waiting: int
    running: int
    oldest: float | None


@dataclass(frozen=True)
class Report:
    """What a host says of itself. `running`: whether its worker takes tasks, or has some; `ready`: it takes tasks.
    `started`, `clock`: the start of its worker, and the time of its clock, in seconds since the epoch. `version`: of
    its Airflow. `certificate_ends`: in seconds since the epoch. `tasks`: the ids of the task instances at work.
    `first`, `last`: whether its services have just been started, or are being stopped, by hand. `executors`: those that
    its Airflow knows, as in airflow.cfg; empty if the host does not say. `stopping`: whether its worker takes no more
    tasks, and some are still at work. `revision`: of what it has from the head, see operations/workers/shared.py.
    `mlopsctl`: its version. `problem`: why the host cannot follow the head."""

    running: bool
    ready: bool
    slots: int
    queues: tuple[str, ...]
    version: str
    dags_revision: str
    started: float
    clock: float
    certificate_ends: float
    tasks: tuple[str, ...] = ()
    first: bool = False
    executors: str = ""
    last: bool = False
    stopping: bool = False
    revision: str = ""
    mlopsctl: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Worker:
    """`report`: the last one; None: it has sent none yet. `joined`, `ordered`, `reported`: when it joined, when it was
    last told what is wanted, and when the report came, in seconds since the epoch."""

    host: str
    wanted: Wanted
    joined: float
    report: Report | None = None
    reported: float = 0.0
    ordered: float = 0.0

    def state(self, now: float) -> WorkerState:
        """`now`: in seconds since the epoch."""
        report = self.report
        if report and not report.running and (report.last or self.wanted is Wanted.STOP):
            return WorkerState.STOPPED
        if not report or now - self.reported > SILENCE:
            return WorkerState.DEAD if self.is_silent(now) else WorkerState.STARTING
        ended = {Wanted.RUN: WorkerState.STOPPED, Wanted.DRAIN: WorkerState.DRAINED}
        if not report.running:
            return ended[self.wanted]
        if self.wanted is Wanted.RUN:
            not_ready = WorkerState.STOPPING if report.stopping else WorkerState.STARTING
            return WorkerState.READY if report.ready else not_ready
        return WorkerState.DRAINING if self.wanted is Wanted.DRAIN else WorkerState.STOPPING

    def is_silent(self, now: float) -> bool:
        """Whether nothing was heard from it for SILENCE seconds."""
        return now - max(self.reported, self.joined) > SILENCE

    @property
    def clock_difference(self) -> float:
        """By how many seconds its clock is ahead of the head's; the way of the report, some milliseconds, included."""
        return self.report.clock - self.reported if self.report else 0.0


@dataclass(frozen=True)
class WorkerRow:
    """A worker, as lists show it. `since`: its start, in seconds since the epoch; 0 if it does not run."""

    host: str
    state: WorkerState
    queues: tuple[str, ...]
    slots: int
    busy: int
    version: str
    dags_revision: str
    since: float
    mlopsctl: str = ""
    problem: str = ""


@dataclass(frozen=True)
class HeadConnection:
    """Of a worker host. `address`: of the head. `reported`: when it accepted the last report, in seconds since the
    epoch; 0 if it never did. `problem`: why it does not now."""

    address: str
    answers: bool
    reported: float
    problem: str
