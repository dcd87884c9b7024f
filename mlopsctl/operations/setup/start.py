"""supervisord, and the four Airflow components under it; or, after `--no-start`, their rest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.supervisor.config import render
from mlopsctl.core.paths import AIRFLOW
from mlopsctl.operations import step_runner
from mlopsctl.operations.services import lifecycle
from mlopsctl.operations.setup.configure import Configure
from mlopsctl.operations.setup.install import Install
from mlopsctl.operations.setup.request import Request
from mlopsctl.operations.step_runner import Stage


@dataclass(frozen=True)
class Supervise:
    request: Request
    name: str = "supervisor"
    needs: Sequence[str] = ("check",)

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
        lifecycle.prepare(self.request.platform)

    def detail(self) -> str:
        return "supervisord runs"


@dataclass(frozen=True)
class Start:
    """The four Airflow components, side by side."""

    request: Request
    name: str = "start"
    needs: Sequence[str] = ("initialise", "link", "mariadb")

    def todo(self) -> str:
        names: dict[str, list[str]] = {}
        for stage in self._stages():
            names.setdefault(stage.todo(), []).append(stage.name)
        return "; ".join(_words(what, ", ".join(its)) for what, its in names.items() if what)

    def _stages(self) -> list[Stage]:
        return lifecycle.start_stages(self.request.platform, AIRFLOW, self._coming())

    def _coming(self) -> dict[Path, str]:
        """What the stages before this one have still to write: in a plan. Where they have done it, the files tell."""
        platform = self.request.platform
        coming = {platform.home.airflow_cfg: "airflow.cfg changes"} if Configure(self.request).writes() else {}
        return coming | ({platform.venv.record_path: "packages are installed"} if Install(self.request).todo() else {})

    def do(self) -> Iterator[str]:
        waiting: list[str] = list(AIRFLOW)
        for step in step_runner.run(self._stages()):
            if step.error:
                raise step.error
            if step.state != "running":
                waiting.remove(step.name)
            yield "waiting for " + ", ".join(waiting)

    def detail(self) -> str:
        return self.request.platform.settings.api_url


def _words(what: str, names: str) -> str:
    """`restart: why` of services as `restart names: why`; of others, which only start, the names are enough."""
    verb, _, why = what.partition(": ")
    return f"{verb} {names}: {why}" if why else names


@dataclass(frozen=True)
class StopAgain:
    """After `--no-start`: what had to run for the setup is ended again; a platform that `ran` before goes on."""

    request: Request
    ran: bool
    name: str = "stop"
    needs: Sequence[str] = ("initialise", "link", "mariadb", "seed")

    def todo(self) -> str:
        return "stop the databases" if self.request.platform.supervisor.running() and not self.ran else ""

    def do(self) -> Iterator[str]:
        platform = self.request.platform
        for step in step_runner.run(lifecycle.stop_stages(platform, lifecycle.choose(platform, ()))):
            if step.error:
                raise step.error
            yield step.name

    def detail(self) -> str:
        return "as it was before" if self.ran else "nothing runs"
