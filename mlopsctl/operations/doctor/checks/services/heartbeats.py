"""Whether the components of Airflow respond: a process can run and do nothing."""

from collections.abc import Iterator, Mapping

from mlopsctl.adapters.airflow.release import SERVICE_OF_COMPONENT
from mlopsctl.core.errors import Unavailable
from mlopsctl.core.model import ComponentHealth
from mlopsctl.core.states import Health, ServiceAction
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.checks.services.running import change_services
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext
from mlopsctl.operations.services.start_steps import START_TIMEOUT

ANSWER_TIMEOUT = 5.0  # seconds for an answer of the API server
START_UP = START_TIMEOUT  # seconds after a start in which a component need not respond yet


def check_heartbeats(context: DoctorContext) -> Iterator[Finding]:
    for name in context.suspended:
        yield Finding(f"{name} is suspended (by SIGSTOP or a debugger).", details=(name,))
    if context.suspended or context.platform.settings.head:  # the head has these components
        return
    try:
        components = context.cached("health", lambda: _health(context))
    except Unavailable as e:
        yield Finding(e.message, details=("api-server",), key="api-server")
        return
    for service, problem in silent_services(components):
        if service in context.service_states and context.service_states[service].seconds_up >= START_UP:
            yield Finding(f"Airflow's {service} {problem}.", details=(service,), key=service)


def _health(context: DoctorContext) -> dict[str, ComponentHealth]:
    """Airflow's health report. Raises Unavailable, CheckSkipped if it is too early to ask."""
    context.require_services("api-server", "postgres")  # without its database, Airflow reports everything as unhealthy
    try:
        return context.platform.api.components(ANSWER_TIMEOUT)
    except Unavailable as e:
        if (seconds := context.service_states["api-server"].seconds_up) < START_UP:
            raise CheckSkipped(f"api-server was started only {seconds} s ago") from e
        raise


def silent_services(health: Mapping[str, ComponentHealth]) -> Iterator[tuple[str, str]]:
    """The services that Airflow's health report does not call healthy, and when they last sent a heartbeat."""
    for component, service in SERVICE_OF_COMPONENT.items():
        report = health.get(component, ComponentHealth(None))
        if component != "metadatabase" and report.status != Health.HEALTHY:
            last = report.heartbeat and report.heartbeat.isoformat()
            yield service, f"last sent a heartbeat at {last}" if last else "has never sent a heartbeat"


def resume_or_restart(context: DoctorContext, finding: Finding) -> Iterator[str]:
    """A suspended service is resumed: it could not react to the request to stop."""
    import psutil

    (name,) = finding.details
    process = psutil.Process(context.service_states[name].pid)
    if process.status() == psutil.STATUS_STOPPED:
        process.resume()
        yield f"resumed {name}"
        return
    yield from change_services(context, ServiceAction.RESTART, finding.details)


CHECKS = (
    Check(
        "heartbeats", Group.SERVICES, "A component can run and still do nothing; its heartbeat shows it.",
        check_heartbeats, resume_or_restart,
    ),
)  # fmt: skip
