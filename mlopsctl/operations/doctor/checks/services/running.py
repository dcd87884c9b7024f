"""Whether the services run, keep running, and use the current configuration."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from mlopsctl.adapters.files import tail
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import ServiceAction, ServiceState, Verdict
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext
from mlopsctl.operations.services import lifecycle
from mlopsctl.operations.services.start_steps import start_steps

DOWN = (ServiceState.STOPPED, ServiceState.EXITED, ServiceState.UNKNOWN)
PRECISION = 2.0  # seconds; psutil computes start times from the machine's boot time, which it knows in whole seconds
RECENT = timedelta(minutes=10)
EXIT_LIMIT = 3  # this many unexpected exits within RECENT are a restart loop


def check_running(context: DoctorContext) -> Iterator[Finding]:
    own = [program.name for program in context.platform.programs()]
    if not context.home.airflow_cfg.exists():
        raise CheckSkipped("Airflow is not set up")
    states = context.platform.supervisor.states()
    down = [name for name in own if name not in states or states[name].state in DOWN]
    if down == own:
        yield Finding("no service is running.", Hint.of("start"), details=())
        return
    for name in down:
        yield Finding(f"{name} is not running.", Hint.of("start", name), details=tuple(down))  # started together


def start_services(context: DoctorContext, finding: Finding) -> Iterator[str]:
    yield from change_services(context, ServiceAction.START, finding.details)


def change_services(context: DoctorContext, action: ServiceAction, names: Sequence[str]) -> Iterator[str]:
    """Start or restart services; one that fails does not stop the others. Raises MlopsctlError."""
    errors = []
    for step in lifecycle.run(context.platform, action, lifecycle.select_services(context.platform, names)):
        errors += [step.error] if step.error else []
        yield f"{step.name} {step.detail}"
    if errors:
        raise errors[0]
    yield f"{action}ed {', '.join(names) or 'all services'}"


def check_restart_needed(context: DoctorContext) -> Iterator[Finding]:
    own = [program.name for program in context.platform.programs() if program.name in context.service_states]
    changed = {
        step.name: path
        for step in start_steps(context.platform, own)
        for path in step.configuration
        if _is_newer(context, step.name, path)
    }
    for name, path in changed.items():
        hint = Hint.of("start", name)
        yield Finding(f"{name} was started before {path} changed.", hint, Verdict.WARNING, details=tuple(changed))


def _is_newer(context: DoctorContext, service: str, path: Path) -> bool:
    """Whether a file has changed since the service started."""
    import psutil

    pid = context.service_states[service].pid
    try:
        return bool(pid) and path.exists() and path.stat().st_mtime > psutil.Process(pid).create_time() + PRECISION
    except psutil.Error:
        return False  # it has ended since


def check_restarts(context: DoctorContext) -> Iterator[Finding]:
    exits = _unexpected_exits(context)
    for name, status in context.service_states.items():
        if status.state in (ServiceState.FATAL, ServiceState.BACKOFF):
            problem = f"{name} exits whenever it is started"
        elif exits[name] >= EXIT_LIMIT:
            problem = f"{name} exited unexpectedly {exits[name]} times in the last {RECENT.seconds // 60} minutes"
        else:
            continue
        log = "\n".join(f"           {line}" for line in tail(context.home.log_of(name), 6).splitlines())
        yield Finding(f"{problem}; the end of its log:\n{log}", Hint.of("logs", name, "-n", "50"), details=(name,))


def _unexpected_exits(context: DoctorContext) -> Counter[str]:
    """How often each service exited recently, from the log of supervisord."""
    since = (datetime.now() - RECENT).strftime("%Y-%m-%d %H:%M:%S")
    lines = tail(context.home.logs / "supervisord.log", 200).splitlines()
    exits = (re.search(r"exited: ([\w-]+) \(.*not expected\)", line) for line in lines if line[:19] >= since)
    return Counter(found[1] for found in exits if found)


CHECKS = (
    Check(
        "running", Group.SERVICES, "No DAG run can finish unless all services are running.",
        check_running, start_services,
    ),
    Check(
        "restart-needed", Group.SERVICES, "A service reads its configuration only when it starts.",
        check_restart_needed, start_services,
    ),
    Check("restarts", Group.SERVICES, "A service that keeps exiting does no work.", check_restarts),
)  # fmt: skip
