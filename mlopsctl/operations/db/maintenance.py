"""What goes on around work on a database: the platform comes to rest, and afterwards it is as it was, or healthy."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mlopsctl.core.paths import AIRFLOW, DATABASES
from mlopsctl.core.steps import Step
from mlopsctl.operations import step_runner
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle
from mlopsctl.operations.setup.health_check import Verify
from mlopsctl.operations.setup.initialise import Initialise
from mlopsctl.operations.setup.request import Request

BOTH = ("metadata", "features")


@dataclass
class Work:
    """A stage that is one call, which tells how it ended: with signs of life while it lasts."""

    name: str
    what: str
    call: Callable[[], str]
    needs: Sequence[str] = ()
    said: str = ""

    def todo(self) -> str:
        return self.what

    def do(self) -> Iterator[str]:
        yield self.what
        self.said = self.call()

    def detail(self) -> str:
        return self.said


def work(name: str, what: str, call: Callable[[], str]) -> Iterator[Step]:
    """Raises MlopsctlError."""
    return well(step_runner.run([Work(name, what, call)]))


def own(platform: Platform, which: Sequence[str]) -> list[str]:
    """The services of these databases, as far as this home runs them itself."""
    named = {"postgres": "metadata", "mariadb": "features"}
    return [p.name for p in platform.programs() if p.name in DATABASES and named[p.name] in which]


def up(platform: Platform, databases: Sequence[str]) -> Iterator[Step]:
    """The databases' servers running. Raises MlopsctlError."""
    states = {s.name: s.state for s in lifecycle.read(platform)}
    if missing := [name for name in databases if states[name] != "running"]:
        yield from well(lifecycle.run(platform, "start", missing))


def rest(platform: Platform) -> Iterator[Step]:
    """Airflow stopped: nobody works with its metadata."""
    running = [s.name for s in lifecycle.read(platform) if s.name in AIRFLOW and s.state != "stopped"]
    if running:
        yield from well(lifecycle.run(platform, "stop", running))


def initialise(platform: Platform) -> Iterator[Step]:
    """The schema, and what setup writes into it. Killed, a setup does it too: its record is taken away first."""
    platform.home.secret("initialised").unlink(missing_ok=True)
    platform.home.secret("api-token").unlink(missing_ok=True)  # of a user who may have another number from now on
    yield from well(step_runner.run([Initialise(Request(platform))]))


def back(platform: Platform, *, ran: bool) -> Iterator[Step]:
    """A platform that ran, in whichever part, is started whole: a killed reset has stopped some of it. Else it is
    stopped again."""
    verify = Verify(Request(platform))  # made now: an error that Airflow meets while it starts is none of before
    yield from well(lifecycle.run(platform, "start" if ran else "stop", lifecycle.choose(platform, ())))
    if ran:
        yield from well(step_runner.run([verify]))


def well(steps: Iterator[Step]) -> Iterator[Step]:
    """Raises the first error: what follows needs what went before."""
    for step in steps:
        if step.error:
            raise step.error
        yield step
