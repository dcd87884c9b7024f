"""Start services: databases first; each is polled until it is ready."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from mlopsctl.adapters.files import tail
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Deadline
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import AGENT, BROKER, STORES, TUNNEL, WORKER, WORKER_API
from mlopsctl.core.states import ALIVE_SERVICE_STATES, ServiceState
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import worker_process
from mlopsctl.operations.services.airflow_health import remedy
from mlopsctl.operations.services.ports import is_free

START_TIMEOUT = 240.0  # seconds from the start of a service until it must be ready
POLL_INTERVAL = 0.2
CLOCK_TOLERANCE = 0.05  # seconds by which the start of a process and the time of a file may be inaccurate

Ready = Callable[[float], bool]


@dataclass(frozen=True)
class StartServiceStep:
    """Start one service, or restart it if its configuration is newer than the process; then wait until it is `ready`.

    `ready` gets the time of the start in seconds since the epoch. It raises Unavailable if it knows why the service is
    not ready yet. `pending`: files that another step is about to write, with the reason; they count as changed if they
    are part of the `configuration`. `prepare` is called before the start, unless the service runs already. `restart`:
    why a running service is restarted in any case.
    """

    name: str
    needs: Sequence[str]
    supervisor: Supervisor
    ready: Ready
    configuration: Sequence[Path] = ()
    port: int | None = None
    pending: Mapping[Path, str] = field(default_factory=dict)
    prepare: Callable[[], None] = lambda: None
    restart: str = ""
    clock: Clock = SYSTEM_CLOCK

    def _state(self) -> ServiceState:
        status = self.supervisor.states().get(self.name)
        return status.state if status else ServiceState.STOPPED

    def _restart_reason(self) -> str:
        """Why a running service needs a restart; empty if it does not."""
        started = self.supervisor.start_time(self.name)
        if not started:
            return ""
        if self.restart:
            return self.restart
        if reasons := [why for path, why in self.pending.items() if path in self.configuration]:
            return ", ".join(reasons)
        newer = any(p.exists() and p.stat().st_mtime > started + CLOCK_TOLERANCE for p in self.configuration)
        return "its configuration changed" if newer else ""

    def todo(self) -> str:
        if self._state() != ServiceState.RUNNING:
            return "start"
        if why := self._restart_reason():
            return f"restart: {why}"
        return "" if self._is_ready() else "wait until it is ready"

    def _is_ready(self) -> bool:
        """False for example if supervisord has just restarted it."""
        try:
            return self.ready(self.supervisor.start_time(self.name))
        except Unavailable:
            return False

    def do(self) -> Iterator[str]:
        if self._restart_reason():
            yield "stopping"
            self.supervisor.stop(self.name)
        self._check_port()
        if not self.supervisor.start_time(self.name):
            self.prepare()
        began, deadline = time.time(), Deadline(START_TIMEOUT, self.clock)
        self.supervisor.start(self.name)
        while (reason := self._not_ready_reason(began)) is not None:
            if deadline.expired:
                raise self._start_failed(f"{self.name} is not ready after {START_TIMEOUT:.0f} s{reason}")
            yield "starting"
            self.clock.sleep(POLL_INTERVAL)

    def _check_port(self) -> None:
        """Raises MlopsctlError if another program listens on the port of the service."""
        if self.port and not is_free(self.port) and not self.supervisor.listens_on(self.port):
            raise MlopsctlError(
                f"another program listens on port {self.port} of {self.name}.",
                hint=Hint.of("setup", note="takes the next free port"),
                code="port-busy",
            )

    def _not_ready_reason(self, began: float) -> str | None:
        """None if the service is ready; otherwise the reason, or an empty string if it is unknown.

        Raises MlopsctlError if the service ended.
        """
        state = self._state()
        if state in (ServiceState.FATAL, ServiceState.EXITED, ServiceState.STOPPED):
            raise self._start_failed(f"{self.name} exited while starting")
        try:
            return None if state in ALIVE_SERVICE_STATES and self.ready(began) else ""
        except Unavailable as e:
            return f": {e.message.rstrip('.')}"

    def _start_failed(self, sentence: str) -> MlopsctlError:
        log = tail(self.supervisor.home.log_of(self.name))
        hint = remedy(self.name, log, Hint.of("logs", self.name))
        return MlopsctlError(f"{sentence}. The end of its log:\n{log}", hint=hint, code="service-died")

    def detail(self) -> str:
        status = self.supervisor.states().get(self.name)
        return f"running, process {status.pid}" if status else ""


def start_steps(
    platform: Platform,
    names: Sequence[str],
    pending: Mapping[Path, str] | None = None,
    restart: Mapping[str, str] | None = None,
) -> list[StartServiceStep]:
    """One step per service. `pending`: see StartServiceStep. `restart`: services that are restarted in any case, each
    with the reason."""
    ready: dict[str, Ready] = {
        "postgres": lambda _: platform.postgres.ready(),
        "mariadb": lambda _: bool(platform.mariadb.admin.query("SELECT 1")),
        BROKER: lambda _: platform.redis.ready(),
        WORKER: lambda _: worker_process.is_ready(platform.home, platform.supervisor),
        WORKER_API: lambda _: platform.supervisor.listens_on(platform.settings.worker_api_port),
        TUNNEL: lambda _: platform.supervisor.listens_on(tunnel_port),
        AGENT: lambda _: True,
    }
    configuration = {
        "postgres": [platform.postgres.conf],
        "mariadb": [platform.mariadb.conf],
        BROKER: [platform.redis.conf],
        WORKER_API: [],
        TUNNEL: [platform.home.tunnel_conf],
        AGENT: [platform.home.config],
    }
    _, tunnel_port = platform.settings.listen_address or ("", platform.settings.worker_api_port)
    ports = {p.name: p.port for p in platform.programs()}
    airflow = [platform.home.airflow_cfg, platform.home.airflow_plugin, platform.venv.record_path]
    states = platform.supervisor.states()
    has_api = "api-server" in names or ("api-server" in states and states["api-server"].state == ServiceState.RUNNING)
    return [
        StartServiceStep(
            name,
            () if name in STORES else (TUNNEL,) if platform.settings.head and name != TUNNEL else STORES,
            platform.supervisor,
            ready.get(name) or component_ready(platform, name, has_api),
            configuration.get(name, airflow),
            ports.get(name),
            pending or {},
            partial(platform.before_start, platform, name),
            (restart or {}).get(name, ""),
        )
        for name in names
    ]


def component_ready(platform: Platform, name: str, has_api: bool) -> Ready:
    """Whether an Airflow component has sent a heartbeat since a time. Without the API server (`has_api`), which reports
    the heartbeats, it is enough that supervisord reports the component as running."""

    def ready(since: float) -> bool:
        if not has_api:
            return platform.supervisor.states()[name].state == ServiceState.RUNNING
        heartbeats = platform.api.heartbeats()
        if name == "api-server":  # an answer alone is not enough: the port may belong to another home
            return platform.supervisor.listens_on(platform.settings.api_port)
        return heartbeats.get(name.replace("-", "_"), 0.0) >= since

    return ready
