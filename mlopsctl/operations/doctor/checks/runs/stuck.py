"""Runs and tasks that Airflow will never finish by itself."""

from collections.abc import Iterator

from mlopsctl.core.model import WaitingGroup
from mlopsctl.core.states import WaitReason
from mlopsctl.core.text import plural
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.checks.runs.waiting import age, describe, queued_runs
from mlopsctl.operations.doctor.context import DoctorContext

HEARTBEAT_TIMEOUT = 300.0  # seconds without a heartbeat after which Airflow considers a task dead
BATCH = 100  # runs per request


def check_stranded_runs(context: DoctorContext) -> Iterator[Finding]:
    for group in queued_runs(context):
        if group.reason is WaitReason.CANCELLED:
            message = f"{describe(group, 'run')} left in the queue by a cancelled backfill, and will never start."
            yield Finding(message, details=group, key=group.dag_id)


def fail_runs(context: DoctorContext, finding: Finding) -> Iterator[str]:
    """From the state `failed`, a backfill can run them again."""
    context.require_services("api-server")
    group: WaitingGroup = finding.details
    for start in range(0, len(group.run_ids), BATCH):
        batch = list(group.run_ids[start : start + BATCH])
        context.platform.api.mark_runs_failed(group.dag_id, batch, "")
        yield f"set {plural(start + len(batch), 'run')} of {group.dag_id} to failed"


def check_zombies(context: DoctorContext) -> Iterator[Finding]:
    for group in context.metadata.silent_tasks(HEARTBEAT_TIMEOUT):
        message = f"task {group.what} of {group.dag_id} is running but has sent no heartbeat for {age(group)}."
        yield Finding(message, details=group, key=f"{group.dag_id} {group.what}")


def fail_task(context: DoctorContext, finding: Finding) -> Iterator[str]:
    """As a healthy scheduler does. If its process is still running, that ends too."""
    context.require_services("api-server")
    group: WaitingGroup = finding.details
    for run_id in group.run_ids:
        context.platform.api.mark_task_failed(group.dag_id, run_id, group.what)
        yield f"set task {group.what} of {run_id} to failed"


CHECKS = (
    Check(
        "stranded-runs", Group.RUNS, "The scheduler never starts such runs, and clearing them does not help.",
        check_stranded_runs, fail_runs,
    ),
    Check(
        "zombies", Group.RUNS, "A task whose process has died keeps its slot and blocks its run.",
        check_zombies, fail_task,
    ),
)  # fmt: skip
