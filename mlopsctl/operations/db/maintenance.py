"""Maintenance of databases: start their servers, stop Airflow, and restore the previous state afterwards."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from mlopsctl.core.paths import AIRFLOW, DATABASES
from mlopsctl.core.states import DatabaseName, ServiceAction, ServiceState
from mlopsctl.core.steps import Step
from mlopsctl.operations import step_runner
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle
from mlopsctl.operations.setup.health_check import HealthCheck
from mlopsctl.operations.setup.initialise import InitialiseStep
from mlopsctl.operations.setup.request import SetupRequest

DATABASE_OF = {"postgres": DatabaseName.METADATA, "mariadb": DatabaseName.FEATURES}  # by service


@dataclass
class CallStep:
    """A step that makes one call, which returns the outcome in a few words."""

    name: str
    what: str
    call: Callable[[], str]
    needs: Sequence[str] = ()
    outcome: str = ""

    def todo(self) -> str:
        return self.what

    def do(self) -> Iterator[str]:
        yield self.what
        self.outcome = self.call()

    def detail(self) -> str:
        return self.outcome


def run_call(name: str, what: str, call: Callable[[], str]) -> Iterator[Step]:
    """Make one call as a step, with progress. Raises MlopsctlError."""
    return raise_on_error(step_runner.run([CallStep(name, what, call)]))


def own_services(platform: Platform, databases: Collection[DatabaseName]) -> list[str]:
    """The services of these databases that this home runs; none for external databases."""
    return [p.name for p in platform.programs() if p.name in DATABASES and DATABASE_OF[p.name] in databases]


def start_databases(platform: Platform, services: Sequence[str]) -> Iterator[Step]:
    """Start the servers that are not running. Raises MlopsctlError."""
    states = {s.name: s.state for s in lifecycle.read(platform)}
    if stopped := [name for name in services if states[name] != ServiceState.RUNNING]:
        yield from raise_on_error(lifecycle.run(platform, ServiceAction.START, stopped))


def stop_airflow(platform: Platform) -> Iterator[Step]:
    """Stop what uses the metadata. Raises MlopsctlError."""
    running = [s.name for s in lifecycle.read(platform) if s.name in AIRFLOW and s.state != ServiceState.STOPPED]
    if running:
        yield from raise_on_error(lifecycle.run(platform, ServiceAction.STOP, running))


def initialise_metadata(platform: Platform) -> Iterator[Step]:
    """Create the schema and what setup writes into it. If this is killed, the next setup does it: the record is removed
    first. Raises MlopsctlError."""
    platform.home.secret("initialised").unlink(missing_ok=True)
    platform.home.secret("api-token").unlink(missing_ok=True)  # names a user by a number that may change
    yield from raise_on_error(step_runner.run([InitialiseStep(SetupRequest(platform))]))


def restore_services(platform: Platform, *, was_running: bool) -> Iterator[Step]:
    """Start all services if any were running before, since a killed command may have stopped some of them; otherwise
    stop all. Raises MlopsctlError if the platform is not healthy afterwards."""
    health_check = HealthCheck(SetupRequest(platform))  # created before the start, so that new import errors count
    action = ServiceAction.START if was_running else ServiceAction.STOP
    yield from raise_on_error(lifecycle.run(platform, action, lifecycle.select_services(platform, ())))
    if was_running:
        yield from raise_on_error(step_runner.run([health_check]))


def raise_on_error(steps: Iterator[Step]) -> Iterator[Step]:
    """Pass steps on; raise the error of the first that failed."""
    for step in steps:
        if step.error:
            raise step.error
        yield step
