"""Start, stop, restart and list the services of a home."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mlopsctl.adapters.airflow.task_processes import running_task_ids
from mlopsctl.adapters.supervisor.config import render
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.paths import AGENT, DATABASES, SERVICES, STORES, WORKER
from mlopsctl.core.result import Message
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import ServiceAction, ServiceState, StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.core.text import plural
from mlopsctl.operations import step_runner
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services.start_steps import start_steps
from mlopsctl.operations.services.stop_steps import stop_steps


def select_services(platform: Platform, names: Sequence[str]) -> list[str]:
    """The named services, or all services that this home runs, in the order in which they start.

    Raises MlopsctlError for a service that does not exist, or that this home does not run.
    """
    own = [p.name for p in platform.programs()]
    for name in names:
        if name not in SERVICES:
            raise MlopsctlError(
                f"there is no service {name!r}.", hint=f"choose from {', '.join(own)}", code="no-service"
            )
        if name not in own:
            raise MlopsctlError(
                f"this home does not run {name}: {_why_not(platform.settings, name)}.",
                hint=Hint.of("status", note="lists the services of this home"),
                code="no-service",
            )
    return [n for n in own if not names or n in names]


def _why_not(settings: Settings, name: str) -> str:
    if settings.head:
        return f"it is a worker of {settings.head}"
    if name == AGENT:
        return "it is no worker of another machine"
    return "the database was given by URL" if name in DATABASES else "its executor is not celery"


def plan(platform: Platform, action: ServiceAction, names: Sequence[str], now: bool = False) -> Plan:
    """`now`: do not wait for the tasks of the worker."""
    if action == ServiceAction.START:
        return step_runner.plan(start_steps(platform, _with_databases(platform, names)))
    notes = tuple(_tasks_notes(platform, action, names, now))
    if action == ServiceAction.RESTART:  # which services need a start is only known after they have stopped
        return Plan(tuple(PlannedStep(name, "restart") for name in names), notes=notes)
    return replace(step_runner.plan(stop_steps(platform, names)), notes=notes)


def _tasks_notes(platform: Platform, action: ServiceAction, names: Sequence[str], now: bool) -> Iterator[Message]:
    """What happens to running tasks when services stop."""
    own = len(running_task_ids(platform.supervisor)) if WORKER in names else 0
    if own and now:
        yield Message.warning(f"The worker is killed with {plural(own, 'task')}: they fail, or are tried again.")
    elif own:
        given = () if set(names) == {program.name for program in platform.programs()} else names
        hint = Hint.of(action, *given, "--now", note="does not wait")
        yield Message(f"The worker stops when its tasks have ended; now it has {plural(own, 'task')}.", hint=hint)
    others = len(platform.workers.tasks(platform)) if "api-server" in names else 0
    if others and action == ServiceAction.STOP:
        hint = Hint.of("worker", "drain", "HOST", note="first waits for the tasks of a host")
        yield Message.warning(f"{plural(others, 'task')} on other hosts will fail: they need the API server.", hint)


def run(platform: Platform, action: ServiceAction, names: Sequence[str], now: bool = False) -> Iterator[Step]:
    """Stop the services, start them, or both in turn. After a failed stop nothing is started. `now`: see plan()."""
    failed = False
    to_start = _with_databases(platform, names)
    if action != ServiceAction.START:
        for step in step_runner.run(stop_steps(platform, names, now)):
            yield step
            failed = failed or bool(step.error)
    if action != ServiceAction.STOP and not failed:
        yield from _start_supervisor(platform)
        yield from step_runner.run(start_steps(platform, to_start))


def _with_databases(platform: Platform, names: Sequence[str]) -> list[str]:
    """`names`, and the databases if supervisord has died: before it can start again, its services have to be ended."""
    if platform.supervisor.running() or not platform.supervisor.processes():
        return list(names)
    return [n for n in select_services(platform, ()) if n in names or n in STORES]


def _start_supervisor(platform: Platform) -> Iterator[Step]:
    if platform.supervisor.running():
        start_supervisor(platform)
        return
    yield Step("supervisor", StepState.RUNNING, "starting supervisord")
    start_supervisor(platform)
    yield Step("supervisor", StepState.CHANGED, "supervisord is running")


def start_supervisor(platform: Platform) -> None:
    """Start supervisord, or make a running one read its current configuration. Orphaned services are ended first."""
    if not platform.supervisor.running():
        platform.supervisor.end_leftovers()
    platform.home.logs.mkdir(parents=True, exist_ok=True)
    platform.supervisor.configure(render(platform.home, platform.programs()))
    platform.supervisor.spawn()


def read(platform: Platform) -> list[ServiceStatus]:
    """The status of every service of this home, in the order in which they start."""
    states = platform.supervisor.states()
    return [
        replace(states[p.name], port=p.port)
        if p.name in states
        else ServiceStatus(p.name, ServiceState.STOPPED, None, 0, p.port)
        for p in platform.programs()
    ]
