"""Start, stop and look at the services of a home. Databases first, each waited for by a condition with a deadline."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from mlopsctl.adapters.files import tail
from mlopsctl.adapters.supervisor.config import render
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.paths import DATABASES, SERVICES
from mlopsctl.core.states import ServiceState, StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations import step_runner
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services.ports import is_free
from mlopsctl.operations.step_runner import Stage

DEADLINE = 120.0  # seconds until a service that was started must be up

Verb = Literal["start", "stop", "restart"]


def choose(platform: Platform, names: Sequence[str]) -> list[str]:
    """The services meant by `names` (none: all that this home runs itself), in the order of a start."""
    own = [p.name for p in platform.programs()]
    for name in names:
        if name not in SERVICES:
            raise MlopsctlError(
                f"there is no service {name!r}.", hint=f"choose among {', '.join(own)}", code="no-service"
            )
        if name not in own:
            raise MlopsctlError(
                f"{name} is not run by this home: it was given by URL.",
                hint=Hint.of("status", "tells", "those", "that", "are"),
                code="no-service",
            )
    return [n for n in own if not names or n in names]


@dataclass(frozen=True)
class StartStage:
    """One service: started, or restarted where its configuration is newer than it is; waited for until it is `ready`,
    which is told when the start began (seconds since the epoch), and raises Unavailable where it knows why not.

    `coming`: files that somebody is about to write, and what is said of each; of the configuration they count too."""

    name: str
    needs: Sequence[str]
    supervisor: Supervisor
    ready: Callable[[float], bool]
    configuration: Sequence[Path] = ()
    port: int | None = None
    coming: Mapping[Path, str] = field(default_factory=dict)

    def _stale(self) -> str:
        """Why it runs by a configuration that is not the one to be; empty: it does not."""
        started = self.supervisor.start_time(self.name)
        if not started:
            return ""
        if coming := [why for path, why in self.coming.items() if path in self.configuration]:
            return ", ".join(coming)
        newer = any(p.exists() and p.stat().st_mtime > started + 0.05 for p in self.configuration)
        return "its configuration changed" if newer else ""

    def todo(self) -> str:
        status = self.supervisor.states().get(self.name)
        if not status or status.state != "running":
            return "start"
        if why := self._stale():
            return f"restart: {why}"
        return "" if self._up() else "wait until it is up"

    def _up(self) -> bool:
        """Whether it has given a sign of life: supervisord may have restarted it a moment ago."""
        try:
            return self.ready(self.supervisor.start_time(self.name))
        except Unavailable:
            return False

    def do(self) -> Iterator[str]:
        if self._stale():
            yield "stopping"
            self.supervisor.stop(self.name)
        if self.port and not is_free(self.port) and not self.supervisor.listens_on(self.port):
            raise MlopsctlError(
                f"port {self.port} of {self.name} is held by another program.",
                hint=Hint.of("setup", "takes", "the", "next", "free", "one"),
                code="port-busy",
            )
        began = time.time()
        self.supervisor.start(self.name)
        while (why_not := self._why_not(began)) is not None:
            if time.time() - began > DEADLINE:
                raise self._dead(f"{self.name} is not up after {DEADLINE:.0f} s{why_not}")
            yield "starting"
            time.sleep(0.2)

    def _why_not(self, began: float) -> str | None:
        """None once it is up; else the reason, where one is known. Raises MlopsctlError where it will never be."""
        status = self.supervisor.states().get(self.name)
        state = status.state if status else "stopped"
        if state in ("fatal", "exited", "stopped"):
            raise self._dead(f"{self.name} died on start")
        try:
            return None if state in ("starting", "running") and self.ready(began) else ""
        except Unavailable as e:
            return f": {e.message.rstrip('.')}"

    def _dead(self, sentence: str) -> MlopsctlError:
        log = self.supervisor.home.log_of(self.name)
        return MlopsctlError(f"{sentence}. The end of its log:\n{tail(log)}", hint=f"cat '{log}'", code="service-died")

    def detail(self) -> str:
        status = self.supervisor.states().get(self.name)
        return f"running, process {status.pid}" if status else ""


def _component(platform: Platform, name: str, heard: bool) -> Callable[[float], bool]:
    """Whether an Airflow component has given a sign of life since an instant. `heard`: the API server, which alone
    tells them, is there; without it, that supervisord calls it running has to do."""

    def ready(since: float) -> bool:
        if not heard:
            return platform.supervisor.states()[name].state == "running"
        beats = platform.api.heartbeats()
        if name == "api-server":  # an answer alone does not tell whose it is: the port may be another home's
            return platform.supervisor.listens_on(platform.settings.api_port)
        return beats.get(name.replace("-", "_"), 0.0) >= since

    return ready


def start_stages(platform: Platform, names: Sequence[str], coming: Mapping[Path, str] | None = None) -> list[Stage]:
    """What `start` does, service by service. `coming`: as StartStage has it."""
    ready: dict[str, Callable[[float], bool]] = {
        "postgres": lambda _: platform.postgres.ready(),
        "mariadb": lambda _: bool(platform.mariadb.admin.query("SELECT 1")),
    }
    configuration = {"postgres": [platform.postgres.conf], "mariadb": [platform.mariadb.conf]}
    ports = {p.name: p.port for p in platform.programs()}
    airflow = [platform.home.airflow_cfg, platform.venv.record_path]
    states = platform.supervisor.states()
    heard = "api-server" in names or ("api-server" in states and states["api-server"].state == "running")
    return [
        StartStage(
            name,
            () if name in DATABASES else DATABASES,
            platform.supervisor,
            ready.get(name) or _component(platform, name, heard),
            configuration.get(name, airflow),
            ports.get(name),
            coming or {},
        )
        for name in names
    ]


def plan(platform: Platform, verb: Verb, names: Sequence[str]) -> Plan:
    if verb == "restart":  # what there is to start is known only once it has stopped
        return Plan(tuple(PlannedStep(name, "restart") for name in names))
    if verb == "start":
        return step_runner.plan(start_stages(platform, _with_databases(platform, names)))
    return step_runner.plan(stop_stages(platform, names))


def run(platform: Platform, verb: Verb, names: Sequence[str]) -> Iterator[Step]:
    """Stop, start, or both in turn. What does not stop is not started."""
    failed = False
    wanted = _with_databases(platform, names)
    if verb != "start":
        for step in step_runner.run(stop_stages(platform, names)):
            yield step
            failed = failed or bool(step.error)
    if verb != "stop" and not failed:
        yield from _prepared(platform)
        yield from step_runner.run(start_stages(platform, wanted))


def _with_databases(platform: Platform, names: Sequence[str]) -> list[str]:
    """`names`, and, where supervisord has died, the databases: with all that it left they are ended before a start."""
    if platform.supervisor.running() or not platform.supervisor.processes():
        return list(names)
    return [n for n in choose(platform, ()) if n in names or n in DATABASES]


def _prepared(platform: Platform) -> Iterator[Step]:
    if not platform.supervisor.running():
        yield Step("supervisor", StepState.RUNNING, "starting supervisord")
        prepare(platform)
        yield Step("supervisor", StepState.CHANGED, "supervisord runs")
    else:
        prepare(platform)


def prepare(platform: Platform) -> None:
    """supervisord up with the configuration of now; what is left of a former life is ended first."""
    if not platform.supervisor.running():
        platform.supervisor.end_leftovers()
    platform.home.logs.mkdir(parents=True, exist_ok=True)
    platform.supervisor.configure(render(platform.home, platform.programs()))
    platform.supervisor.spawn()


@dataclass(frozen=True)
class StopStage:
    """One service. `whole`: of a stop of all, which also ends what supervisord no longer holds."""

    name: str
    needs: Sequence[str]
    supervisor: Supervisor
    whole: bool = False

    def todo(self) -> str:
        status = self.supervisor.states().get(self.name)
        if not status and not self.whole:
            self._check_held()
        return "stop" if status and status.state in ("running", "starting", "backoff", "stopping") else ""

    def _check_held(self) -> None:
        """Raises MlopsctlError where supervisord has died and services live on: it alone stops one of them in order."""
        if not self.supervisor.running() and (left := self.supervisor.processes()):
            raise MlopsctlError(
                f"supervisord has died while its services live on (process {left[0].pid}, {len(left)} in all): "
                f"{self.name} alone cannot be stopped.",
                hint=Hint.of("stop", "ends", "them", "all"),
                code="supervisor",
            )

    def do(self) -> Iterator[str]:
        yield "stopping"
        self.supervisor.stop(self.name)

    def detail(self) -> str:
        status = self.supervisor.states().get(self.name)
        return status.state if status else "stopped"


@dataclass(frozen=True)
class ShutdownStage:
    """The last of a whole stop: supervisord, and whatever outlived its parent."""

    needs: Sequence[str]
    supervisor: Supervisor
    name: str = "supervisor"

    def todo(self) -> str:
        return "stop" if self.supervisor.running() or self.supervisor.processes() else ""

    def do(self) -> Iterator[str]:
        yield "stopping"
        self.supervisor.shutdown()
        until = time.monotonic() + 10
        while self.supervisor.running() and time.monotonic() < until:
            time.sleep(0.05)
        self.supervisor.end_leftovers(kill_after=5)

    def detail(self) -> str:
        if left := self.supervisor.processes():
            pids = " ".join(str(process.pid) for process in left)
            raise MlopsctlError(f"processes are left: {pids}.", hint=f"kill -9 {pids}", code="not-stopped")
        return "no process is left"


def stop_stages(platform: Platform, names: Sequence[str]) -> list[Stage]:
    """What `stop` does: Airflow first, then its databases, then supervisord if all are meant."""
    airflow = [n for n in names if n not in DATABASES]
    whole = set(names) == {p.name for p in platform.programs()}
    made: list[Stage] = [
        StopStage(name, airflow if name in DATABASES else (), platform.supervisor, whole) for name in reversed(names)
    ]
    return [*made, ShutdownStage(tuple(names), platform.supervisor)] if whole else made


def read(platform: Platform) -> list[ServiceStatus]:
    """Every service of this home, in the order of a start."""
    states = platform.supervisor.states()
    return [
        replace(states[p.name], port=p.port)
        if p.name in states
        else ServiceStatus(p.name, ServiceState.STOPPED, None, 0, p.port)
        for p in platform.programs()
    ]
