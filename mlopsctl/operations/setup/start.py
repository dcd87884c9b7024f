"""Start supervisord and Airflow; or, with `--no-start`, stop what setup had to start."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.supervisor.config import render
from mlopsctl.core.paths import STORES
from mlopsctl.core.states import StepState
from mlopsctl.operations import step_runner
from mlopsctl.operations.preload import update
from mlopsctl.operations.services import lifecycle
from mlopsctl.operations.services.start_steps import StartServiceStep, start_steps
from mlopsctl.operations.services.stop_steps import stop_steps
from mlopsctl.operations.setup.configure import ConfigureStep
from mlopsctl.operations.setup.install import InstallStep
from mlopsctl.operations.setup.request import SetupRequest


@dataclass(frozen=True)
class SupervisorStep:
    request: SetupRequest
    name: str = "supervisor"

    @property
    def needs(self) -> Sequence[str]:
        """If the packages of another executor cannot be installed, or an object storage cannot be reached, the services
        stay as they are."""
        return ("check", "tasks", *self.request.before_services)

    def todo(self) -> str:
        supervisor = self.request.platform.supervisor
        if not supervisor.running():
            return "start supervisord"
        wanted = render(self.request.platform.home, self.request.platform.programs())
        if supervisor.is_configured(wanted):
            return ""
        outages = [f"{verb} {', '.join(names)}" for verb, names in supervisor.outages(wanted).items() if names]
        return f"services changed: {'; '.join(outages)}" if outages else "services changed"

    def do(self) -> Iterator[str]:
        yield "starting supervisord"
        lifecycle.start_supervisor(self.request.platform)

    def detail(self) -> str:
        return "supervisord is running"


@dataclass(frozen=True)
class StartStep:
    """Start Airflow's components, and its workers if there are any, at the same time."""

    request: SetupRequest
    name: str = "start"
    needs: Sequence[str] = ("initialise", "link", "mariadb", "requirements", "certificates", "storage")

    def todo(self) -> str:
        services: dict[str, list[str]] = {}
        for step in self._steps():
            services.setdefault(step.todo(), []).append(step.name)
        return "; ".join(_with_names(what, ", ".join(names)) for what, names in services.items() if what)

    def _steps(self) -> list[StartServiceStep]:
        platform = self.request.platform
        outdated = dict.fromkeys(update.contradicting(platform), "the setting preload changed")
        return start_steps(platform, self._services(), self._pending(), outdated)

    def _services(self) -> list[str]:
        return [program.name for program in self.request.platform.programs() if program.name not in STORES]

    def _pending(self) -> dict[Path, str]:
        """Files that earlier steps of this setup are about to write. They count in a plan; after these steps have run,
        the times of the files show what changed."""
        platform = self.request.platform
        pending = (
            {platform.home.airflow_cfg: "airflow.cfg changes"} if ConfigureStep(self.request).is_outdated() else {}
        )
        if InstallStep(self.request).todo():
            pending[platform.venv.record_path] = "packages are installed"
        return pending

    def do(self) -> Iterator[str]:
        waiting = self._services()
        for step in step_runner.run(self._steps()):
            if step.error:
                raise step.error
            if step.state != StepState.RUNNING:
                waiting.remove(step.name)
            yield "waiting for " + ", ".join(waiting)

    def detail(self) -> str:
        return self.request.platform.settings.api_url


def _with_names(what: str, names: str) -> str:
    """`restart: why` becomes `restart NAMES: why`; for services that only start, the names are enough."""
    verb, _, why = what.partition(": ")
    return f"{verb} {names}: {why}" if why else names


@dataclass(frozen=True)
class StopAfterSetup:
    """With `--no-start`: stop the databases that setup started. A platform that was running before keeps running."""

    request: SetupRequest
    was_running: bool
    name: str = "stop"
    needs: Sequence[str] = ("initialise", "link", "mariadb", "requirements", "seed", "storage")

    def todo(self) -> str:
        started = self.request.platform.supervisor.running() and not self.was_running
        return "stop the databases" if started else ""

    def do(self) -> Iterator[str]:
        platform = self.request.platform
        for step in step_runner.run(stop_steps(platform, lifecycle.select_services(platform, ()))):
            if step.error:
                raise step.error
            yield step.name

    def detail(self) -> str:
        return "still running, as before" if self.was_running else "nothing is running"
