"""From a bare machine to a healthy, seeded platform: which stages there are, and what they need of each other."""

from collections.abc import Iterator

from mlopsctl.core.settings import Settings
from mlopsctl.core.steps import Plan, Step
from mlopsctl.operations import step_runner
from mlopsctl.operations.setup.configure import Configure
from mlopsctl.operations.setup.content import LinkDags, Seed
from mlopsctl.operations.setup.databases import FeatureStore, Metadata
from mlopsctl.operations.setup.health_check import Verify
from mlopsctl.operations.setup.initialise import Initialise
from mlopsctl.operations.setup.install import Install
from mlopsctl.operations.setup.request import Request
from mlopsctl.operations.setup.start import Start, StopAgain, Supervise
from mlopsctl.operations.setup.system_check import Check
from mlopsctl.operations.step_runner import Stage


def make_stages(request: Request, asked: Settings) -> list[Stage]:
    """All stages of a setup. `asked`: the settings before busy ports were replaced."""
    first: list[Stage] = [
        Check(request, asked), Supervise(request), Install(request), Metadata(request), FeatureStore(request),
        Configure(request), Initialise(request), LinkDags(request),
    ]  # fmt: skip
    if request.platform.settings.seed:
        first.append(Seed(request))
    if request.start:
        return [*first, Start(request), Verify(request)]
    return [*first, StopAgain(request, ran=request.platform.supervisor.running())]


def plan(request: Request, asked: Settings) -> Plan:
    # Of what only looks at the end nothing can be told before.
    return step_runner.plan(stage for stage in make_stages(request, asked) if not isinstance(stage, Verify))


def run(request: Request, asked: Settings) -> Iterator[Step]:
    """Carry it out. Yields steps as stages.run does."""
    return step_runner.run(make_stages(request, asked))
