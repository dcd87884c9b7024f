"""Queues from which tasks wait, and no worker takes them."""

from collections.abc import Iterator

from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import WORKER
from mlopsctl.core.text import duration, plural
from mlopsctl.core.workers import WorkerRow, WorkerState
from mlopsctl.operations.doctor.check import Check, Finding, Group, Scope
from mlopsctl.operations.doctor.context import DoctorContext
from mlopsctl.operations.workers import listing
from mlopsctl.operations.workers.listing import QueueRow

IDLE = (WorkerState.DRAINING, WorkerState.DRAINED)


def check_queues(context: DoctorContext) -> Iterator[Finding]:
    if not any(tasks.waiting for tasks in context.metadata.tasks_of_queues()):
        return
    own, *hosts = listing.workers(context.platform)
    for queue in listing.queues(context.platform):
        takers = [worker for worker in (own, *hosts) if queue.name in worker.queues]
        if not queue.waiting or queue.workers or any(w.state is WorkerState.STARTING for w in takers):
            continue
        waiting = f"{plural(queue.waiting, 'task')} {'waits' if queue.waiting == 1 else 'wait'}"
        since = duration(queue.oldest_seconds or 0.0)
        message = f"{waiting} in the queue {queue.name}, the first for {since}, and no worker takes tasks from it."
        yield Finding(message, _remedy(queue, own, takers), key=queue.name)


def _remedy(queue: QueueRow, own: WorkerRow, takers: list[WorkerRow]) -> Hint:
    if own in takers:
        return Hint.of("start", WORKER)
    if drained := next((worker.host for worker in takers if worker.state in IDLE), ""):
        return Hint.of("worker", "start", drained)
    if down := next((worker.host for worker in takers), ""):
        return Hint.on_host(down, "start")
    return Hint.of("worker", "token", "--queues", queue.name, note="for a machine that is to take them")


CHECKS = (
    Check(
        "queues", Group.WORKERS, "Airflow does not say that a task waits in a queue that nobody reads.",
        check_queues, scope=Scope.HEAD,
    ),
)  # fmt: skip
