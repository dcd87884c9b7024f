"""What `status` says of the broker, of the workers, and on a worker host of its head."""

from collections.abc import Collection

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import AGENT, BROKER, WORKER
from mlopsctl.core.states import Health
from mlopsctl.core.workers import SILENCE, HeadConnection, WorkerRow, WorkerState
from mlopsctl.operations.platform import Platform

NO_ANSWER = "no answer"


def no_broker() -> MlopsctlError:
    return MlopsctlError("the broker does not answer: no task starts.", hint=Hint.of("restart", BROKER), code="redis")


def no_head(head: HeadConnection) -> MlopsctlError:
    reason = f": {head.problem.rstrip('.')}" if head.problem else ""
    message = f"the head {head.address} accepts no reports{reason}."
    return MlopsctlError(message, hint=Hint.of("logs", AGENT), code="no-head")


def of_host(own: WorkerRow, head: HeadConnection, running: Collection[str]) -> dict[str, str]:
    """The health of the running services of a worker host."""
    found = {WORKER: _of_worker(own), AGENT: Health.HEALTHY if head.answers else NO_ANSWER}
    return {service: health for service, health in found.items() if service in running}


def of_head(platform: Platform, own: WorkerRow, running: Collection[str]) -> dict[str, str]:
    """The health of the running services of the head that Airflow does not report. `own`: the worker of the head."""
    found: dict[str, str] = {WORKER: _of_worker(own)} if WORKER in running else {}
    if BROKER in running:
        found[BROKER] = Health.HEALTHY if platform.redis.ready() else NO_ANSWER
    return found


def _of_worker(worker: WorkerRow) -> str:
    return Health.HEALTHY if worker.state is WorkerState.READY else worker.state


def dead(host: str) -> MlopsctlError:
    note, other = "or here, if that machine is gone:", ("worker", "remove", host)
    hint = Hint.on_host(host, "start", note=note, other=other)
    message = f"the worker {host} is dead: it has not reported for {SILENCE:.0f} s or more."
    return MlopsctlError(message, hint=hint, code="worker-dead")
