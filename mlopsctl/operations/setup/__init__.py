"""From a bare machine to a healthy, seeded platform: which stages there are, and what they need of each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mlopsctl.model import Plan, Step
from mlopsctl.operations import services, stages
from mlopsctl.operations.setup.check import Check
from mlopsctl.operations.setup.configure import Configure
from mlopsctl.operations.setup.databases import FeatureStore, Metadata
from mlopsctl.operations.setup.finish import LinkDags, Seed, Supervise, Verify
from mlopsctl.operations.setup.initialise import Initialise
from mlopsctl.operations.setup.install import Install
from mlopsctl.operations.setup.request import Request
from mlopsctl.operations.stages import Stage
from mlopsctl.settings import Settings

AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer")


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
        for step in stages.run([replace(s, needs=()) for s in self._stages()]):  # type: ignore[type-var]
            if step.error:
                raise step.error
            if step.state != "running":
                waiting.remove(step.name)
            yield "waiting for " + ", ".join(waiting)

    def detail(self) -> str:
        return self.request.platform.settings.api_url


@dataclass(frozen=True)
class Rest:
    """After `--no-start`: what had to run for the setup is ended again."""

    request: Request
    name: str = "stop"
    needs: Sequence[str] = ("initialise", "link", "seed")

    def todo(self) -> str:
        return "stop the databases" if self.request.platform.supervisor.running() else ""

    def do(self) -> Iterator[str]:
        platform = self.request.platform
        for step in stages.run(services.stop_stages(platform, services.choose(platform, ()))):
            if step.error:
                raise step.error
            yield step.name

    def detail(self) -> str:
        return "nothing runs; mlopsctl start"


def make_stages(request: Request, asked: Settings) -> list[Stage]:
    """All stages of a setup. `asked`: the settings before busy ports were replaced."""
    first: list[Stage] = [
        Check(request, asked), Supervise(request), Install(request), Metadata(request), FeatureStore(request),
        Configure(request), Initialise(request), LinkDags(request),
    ]  # fmt: skip
    if request.platform.settings.seed:
        first.append(Seed(request))
    return [*first, Start(request), Verify(request)] if request.start else [*first, Rest(request)]


def plan(request: Request, asked: Settings) -> Plan:
    return stages.plan(make_stages(request, asked))


def run(request: Request, asked: Settings) -> Iterator[Step]:
    """Carry it out. Yields steps as stages.run does."""
    return stages.run(make_stages(request, asked))
