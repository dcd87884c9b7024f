"""supervisord, and the four Airflow components under it; or, after `--no-start`, their rest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlopsctl.adapters.supervisor_conf import render
from mlopsctl.operations import services, stages
from mlopsctl.operations.setup.request import Request
from mlopsctl.operations.stages import Stage
from mlopsctl.paths import AIRFLOW


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
        return "" if supervisor.configured(wanted) else "services changed"

    def do(self) -> Iterator[str]:
        yield "starting supervisord"
        services.prepare(self.request.platform)

    def detail(self) -> str:
        return "supervisord runs"


@dataclass(frozen=True)
class Start:
    """The four Airflow components, side by side."""

    request: Request
    name: str = "start"
    needs: Sequence[str] = ("initialise", "link", "mariadb")

    def todo(self) -> str:
        return ", ".join(s.name for s in self._stages() if s.todo())

    def _stages(self) -> list[Stage]:
        return services.start_stages(self.request.platform, AIRFLOW)

    def do(self) -> Iterator[str]:
        waiting: list[str] = list(AIRFLOW)
        for step in stages.run(self._stages()):
            if step.error:
                raise step.error
            if step.state != "running":
                waiting.remove(step.name)
            yield "waiting for " + ", ".join(waiting)

    def detail(self) -> str:
        return self.request.platform.settings.api_url


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
        for step in stages.run(services.stop_stages(platform, services.choose(platform, ()))):
            if step.error:
                raise step.error
            yield step.name

    def detail(self) -> str:
        return "as it was before" if self.ran else "nothing runs"
