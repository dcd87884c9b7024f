"""On a worker host: whether the head answers, and the agent keeps the DAG files in step with it."""

from collections.abc import Iterator

from mlopsctl.core.deadline import poll
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import AGENT, TUNNEL
from mlopsctl.core.states import ServiceAction
from mlopsctl.operations.doctor.check import Check, Finding, Group, Scope
from mlopsctl.operations.doctor.checks.services.running import change_services
from mlopsctl.operations.doctor.checks.workers.hosts import FETCH, TICK
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext
from mlopsctl.operations.workers import host


def check_head(context: DoctorContext) -> Iterator[Finding]:
    try:
        _revision_of_head(context)
    except MlopsctlError as e:
        yield Finding(e.message, e.hint)


def check_dag_revision(context: DoctorContext) -> Iterator[Finding]:
    """Only if it differs for longer than it takes to fetch the files."""
    context.require_services(AGENT)
    try:
        desired = _revision_of_head(context)
    except MlopsctlError as e:
        raise CheckSkipped("the head does not answer") from e
    files = host.dag_files(context.home)
    if not poll(lambda: files.revision == desired, every=TICK, give_up_after=FETCH):
        found = files.revision or "none"
        yield Finding(f"this host has the DAG files of revision {found}, and the head those of {desired}.", key=AGENT)


def _revision_of_head(context: DoctorContext) -> str:
    """Raises CheckSkipped without a tunnel, MlopsctlError if the head does not answer."""
    context.require_services(TUNNEL)
    return context.cached("revision-of-head", lambda: host.client(context.platform.home).revision())


def restart_agent(context: DoctorContext, _finding: Finding) -> Iterator[str]:
    yield from change_services(context, ServiceAction.RESTART, (AGENT,))


CHECKS = (
    Check(
        "head", Group.WORKERS, "A host that cannot reach its head gets no tasks.",
        check_head, scope=Scope.WORKER_HOST,
    ),
    Check(
        "dag-revision", Group.WORKERS, "A host with other DAG files runs other code than the scheduler expects.",
        check_dag_revision, restart_agent, Scope.WORKER_HOST,
    ),
)  # fmt: skip
