"""Start, stop and look at the services of a home. Databases first, each waited for by a condition with a deadline."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from mlopsctl.adapters.supervisor import Supervisor, render, tail
from mlopsctl.errors import MlopsctlError, Unavailable
from mlopsctl.model import Plan, PlannedStep, ServiceStatus, Step
from mlopsctl.operations import stages
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.ports import is_free
from mlopsctl.operations.stages import Stage
from mlopsctl.paths import DATABASES, SERVICES

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
            raise MlopsctlError(f"{name} is not run by this home: it was given by URL.", code="no-service")
    return [n for n in own if not names or n in names]


@dataclass(frozen=True)
class StartStage:
    """One service: started, or restarted where its configuration is newer than it is; waited for until it is `ready`,
    which is told when the start began (seconds since the epoch), and raises Unavailable where it knows why not."""

    name: str
    needs: Sequence[str]
    supervisor: Supervisor
    ready: Callable[[float], bool]
    configuration: Sequence[Path] = ()
    port: int | None = None

    def _stale(self) -> bool:
        started = self.supervisor.started(self.name)
        return bool(started) and any(p.exists() and p.stat().st_mtime > started + 0.05 for p in self.configuration)

    def todo(self) -> str:
        status = self.supervisor.states().get(self.name)
        if not status or status.state != "running":
            return "start"
        return "restart: its configuration changed" if self._stale() else ""

    def do(self) -> Iterator[str]:
        if self._stale():
            yield "stopping"
            self.supervisor.stop(self.name)
        if self.port and not is_free(self.port) and not self.supervisor.listens(self.port):
            raise MlopsctlError(
                f"port {self.port} of {self.name} is held by another program.",
                hint="mlopsctl setup takes the next free one",
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


def _component(platform: Platform, name: str) -> Callable[[float], bool]:
    """Whether an Airflow component has given a sign of life since an instant."""

    def ready(since: float) -> bool:
        beats = platform.api.heartbeats()
        if name == "api-server":  # an answer alone does not tell whose it is: the port may be another home's
            return platform.supervisor.listens(platform.settings.api_port)
        return beats.get(name.replace("-", "_"), 0.0) >= since

    return ready


def start_stages(platform: Platform, names: Sequence[str]) -> list[Stage]:
    """What `start` does, service by service."""
    ready: dict[str, Callable[[float], bool]] = {
        "postgres": lambda _: platform.postgres.ready(),
        "mariadb": lambda _: bool(platform.mariadb.admin.query("SELECT 1")),
    }
    configuration = {"postgres": [platform.postgres.conf], "mariadb": [platform.mariadb.conf]}
    ports = {p.name: p.port for p in platform.programs()}
    airflow = [platform.home.airflow_cfg, platform.venv.record_path]
    return [
        StartStage(
            name,
            () if name in DATABASES else DATABASES,
            platform.supervisor,
            ready.get(name) or _component(platform, name),
            configuration.get(name, airflow),
            ports.get(name),
        )
        for name in names
    ]


def plan(platform: Platform, verb: Verb, names: Sequence[str]) -> Plan:
    if verb == "restart":  # what there is to start is known only once it has stopped
        return Plan(tuple(PlannedStep(name, "restart") for name in names))
    return stages.plan(start_stages(platform, names) if verb == "start" else stop_stages(platform, names))


def run(platform: Platform, verb: Verb, names: Sequence[str]) -> Iterator[Step]:
    """Stop, start, or both in turn. What does not stop is not started."""
    failed = False
    if verb != "start":
        for step in stages.run(stop_stages(platform, names)):
            yield step
            failed = failed or bool(step.error)
    if verb != "stop" and not failed:
        yield from _prepared(platform)
        yield from stages.run(start_stages(platform, names))


def _prepared(platform: Platform) -> Iterator[Step]:
    if not platform.supervisor.running():
        yield Step("supervisor", "running", "starting supervisord")
        prepare(platform)
        yield Step("supervisor", "changed", "supervisord runs")
    else:
        prepare(platform)


def prepare(platform: Platform) -> None:
    """supervisord up with the configuration of now; what is left of a former life is ended first."""
    if not platform.supervisor.running():
        end_leftovers(platform.supervisor)
    platform.home.logs.mkdir(parents=True, exist_ok=True)
    platform.supervisor.configure(render(platform.home, platform.programs()))
    platform.supervisor.spawn()


def end_leftovers(supervisor: Supervisor, patience: float = 10.0) -> int:
    """End every process of this home's services that supervisord no longer holds; how many there were."""
    import psutil

    left = supervisor.processes()
    for process in left:
        _signal(process.terminate)
    _, alive = psutil.wait_procs(left, timeout=patience)
    for process in alive:
        _signal(process.kill)
    psutil.wait_procs(alive, timeout=patience)
    return len(left)


def _signal(send: Callable[[], None]) -> None:
    import contextlib

    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):  # it ended by itself meanwhile, which is what we want
        send()


@dataclass(frozen=True)
class StopStage:
    name: str
    needs: Sequence[str]
    supervisor: Supervisor

    def todo(self) -> str:
        status = self.supervisor.states().get(self.name)
        return "stop" if status and status.state in ("running", "starting", "backoff", "stopping") else ""

    def do(self) -> Iterator[str]:
        yield "stopping"
        self.supervisor.stop(self.name)

    def detail(self) -> str:
        return "stopped"


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
        end_leftovers(self.supervisor, patience=5)

    def detail(self) -> str:
        return "no process is left"


def stop_stages(platform: Platform, names: Sequence[str]) -> list[Stage]:
    """What `stop` does: Airflow first, then its databases, then supervisord if all are meant."""
    own = [p.name for p in platform.programs()]
    airflow = [n for n in names if n not in DATABASES]
    stages: list[Stage] = [
        StopStage(name, airflow if name in DATABASES else (), platform.supervisor) for name in reversed(names)
    ]
    if set(names) == set(own):
        stages.append(ShutdownStage(tuple(names), platform.supervisor))
    return stages


def read(platform: Platform) -> list[ServiceStatus]:
    """Every service of this home, in the order of a start."""
    states = platform.supervisor.states()
    return [
        replace(states[p.name], port=p.port) if p.name in states else ServiceStatus(p.name, "stopped", None, 0, p.port)
        for p in platform.programs()
    ]
