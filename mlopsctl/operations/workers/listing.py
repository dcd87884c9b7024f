"""The workers of a platform with what they do, and the queues that they take tasks from."""

import socket
import time
from dataclasses import dataclass

import mlopsctl
from mlopsctl.adapters.airflow.task_processes import running_task_ids
from mlopsctl.core.paths import WORKER
from mlopsctl.core.states import ServiceState
from mlopsctl.core.workers import TasksOfQueue, Wanted, Worker, WorkerRow, WorkerState
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import worker_process
from mlopsctl.operations.workers import agent_state, host, membership
from mlopsctl.operations.workers.dag_files import DagFiles
from mlopsctl.operations.workers.head import HEAD_QUEUES, slots
from mlopsctl.operations.workers.registry import Registry


@dataclass(frozen=True)
class QueueRow:
    """`workers`, `slots`: those that take tasks from it now. `oldest_seconds`: for how long its first task has been
    waiting; None: none waits."""

    name: str
    workers: int
    slots: int
    waiting: int
    running: int
    oldest_seconds: float | None


def workers(platform: Platform, revision: str = "") -> list[WorkerRow]:
    """That of this machine first. `revision`: of its DAG files."""
    now = time.time()
    return [_own(platform, revision), *(_row(worker, now) for worker in Registry(platform.home).workers())]


def own_revision(platform: Platform) -> str:
    """Of the DAG files of this machine. Raises MlopsctlError if they are too many to be sent."""
    return DagFiles(platform.home.dags).revision()


def this_host(platform: Platform) -> list[WorkerRow]:
    """The one of a worker host. `state`: by what its head wanted last."""
    now, state = time.time(), agent_state.load(platform.home)
    wanted, report = state.wanted or Wanted.RUN, host.report(platform)
    return [_row(Worker(membership.load(platform.home).name, wanted, now, report, now), now)]


def _own(platform: Platform, revision: str) -> WorkerRow:
    record = platform.venv.record()
    since = platform.supervisor.start_time(WORKER)
    return WorkerRow(
        host=socket.gethostname(),
        state=_own_state(platform),
        queues=HEAD_QUEUES,
        slots=slots(platform.settings),
        busy=len(running_task_ids(platform.supervisor)),
        version=record.airflow_version if record else "",
        dags_revision=revision,
        since=since,
        mlopsctl=mlopsctl.__version__,
    )


def _own_state(platform: Platform) -> WorkerState:
    status = platform.supervisor.states().get(WORKER)
    if status and status.state is ServiceState.STOPPING:
        return WorkerState.STOPPING
    if worker_process.is_ready(platform.home, platform.supervisor):
        return WorkerState.READY
    return WorkerState.STARTING if status and status.pid else WorkerState.STOPPED


def _row(worker: Worker, now: float) -> WorkerRow:
    report, state = worker.report, worker.state(now)
    if not report:
        return WorkerRow(worker.host, state, (), 0, 0, "", "", 0.0)
    return WorkerRow(
        host=worker.host,
        state=state,
        queues=report.queues,
        slots=report.slots,
        busy=len(report.tasks),
        version=report.version,
        dags_revision=report.dags_revision,
        since=0.0 if state is WorkerState.DEAD else report.started,
        mlopsctl=report.mlopsctl,
        problem=report.problem,
    )


def queues(platform: Platform) -> list[QueueRow]:
    """Those that workers take tasks from, and those from which tasks wait. Raises Unavailable if the metadata
    database does not answer."""
    tasks = {found.queue: found for found in platform.metadata.tasks_of_queues()}
    ready = [worker for worker in workers(platform) if worker.state is WorkerState.READY]
    names = dict.fromkeys([*(queue for worker in ready for queue in worker.queues), *tasks])
    return [_queue(name, ready, tasks.get(name)) for name in names]


def _queue(name: str, ready: list[WorkerRow], tasks: TasksOfQueue | None) -> QueueRow:
    takers = [worker for worker in ready if name in worker.queues]
    waiting, running, oldest = (tasks.waiting, tasks.running, tasks.oldest) if tasks else (0, 0, None)
    return QueueRow(name, len(takers), sum(worker.slots for worker in takers), waiting, running, oldest)
