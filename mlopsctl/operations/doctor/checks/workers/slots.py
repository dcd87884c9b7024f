"""The slots of all workers, compared with the number of tasks that the scheduler starts."""

import time
from collections.abc import Iterator

from mlopsctl.core.deadline import poll
from mlopsctl.core.states import ServiceAction, Verdict
from mlopsctl.core.workers import REPORT_INTERVAL, WorkerState
from mlopsctl.operations.doctor.check import Check, Finding, Group, Scope
from mlopsctl.operations.doctor.checks.configuration.airflow_cfg import fix_airflow_cfg
from mlopsctl.operations.doctor.checks.runs.waiting import parallelism
from mlopsctl.operations.doctor.checks.services.running import change_services
from mlopsctl.operations.doctor.context import DoctorContext
from mlopsctl.operations.workers import head, slots
from mlopsctl.operations.workers.registry import Registry

FOLLOWING = 2 * REPORT_INTERVAL  # seconds within which the scheduler follows the slots of hosts
TICK = 0.5


def check_slots(context: DoctorContext) -> Iterator[Finding]:
    poll(lambda: parallelism(context) >= _slots(context), every=TICK, give_up_after=FOLLOWING)
    number, limit = _slots(context), parallelism(context)
    if limit < number:
        message = f"the workers have {number} slots, but the scheduler starts at most {limit} tasks at once."
        yield Finding(message, verdict=Verdict.WARNING, key="slots")


def _slots(context: DoctorContext) -> int:
    """Of all workers that take tasks."""
    now = time.time()
    hosts = [w for w in Registry(context.platform.home).workers() if w.state(now) is WorkerState.READY]
    return head.slots(context.platform.settings) + sum(host.report.slots for host in hosts if host.report)


def fix_slots(context: DoctorContext, finding: Finding) -> Iterator[str]:
    if context.platform.airflow.follows_slots:
        slots.publish(context.home)
        yield f"wrote {context.home.slots}"
        return
    yield from fix_airflow_cfg(context, finding)
    if context.platform.supervisor.running():
        yield from change_services(context, ServiceAction.RESTART, ("scheduler",))


CHECKS = (
    Check(
        "worker-slots", Group.WORKERS, "Slots beyond the limit of the scheduler never get a task.",
        check_slots, fix_slots, Scope.HEAD,
    ),
)  # fmt: skip
