"""A worker host: its services, and the files that these read."""

import time
from collections.abc import Callable, Sequence
from configparser import ConfigParser
from configparser import Error as ConfigParserError
from dataclasses import dataclass

import mlopsctl
from mlopsctl.adapters.airflow import config
from mlopsctl.adapters.airflow.config import CeleryOptions
from mlopsctl.adapters.airflow.plugin import write_plugin
from mlopsctl.adapters.airflow.programs import own_python
from mlopsctl.adapters.airflow.task_processes import running_task_ids
from mlopsctl.adapters.files import write_if_changed
from mlopsctl.adapters.head.client import HeadClient
from mlopsctl.adapters.redis.server import CELERY
from mlopsctl.adapters.supervisor.config import Program
from mlopsctl.adapters.tls import tunnel
from mlopsctl.adapters.tls.tunnel import Address, Identity
from mlopsctl.core.paths import AGENT, WORKER, Home
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import ALIVE_SERVICE_STATES, ServiceState
from mlopsctl.core.urls import parse_listen
from mlopsctl.core.workers import SILENCE, HeadConnection, Report, WorkerRow
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import worker_process
from mlopsctl.operations.workers import agent_state, membership
from mlopsctl.operations.workers.dag_files import ReceivedDagFiles
from mlopsctl.operations.workers.head import DEFAULT_QUEUE, slots


@dataclass(frozen=True)
class HostWorkers:
    """The worker of this host, with the tunnel to the head and the agent, which reports. `list_rows`: see
    operations/workers/listing.py."""

    list_rows: Callable[[Platform], Sequence[WorkerRow]] = lambda _: ()

    def tasks_since(self, platform: Platform, instant: float) -> set[str]:
        """As tasks()."""
        return set()

    def rows(self, platform: Platform) -> Sequence[WorkerRow]:
        return self.list_rows(platform)

    def head(self, platform: Platform) -> HeadConnection:
        """As the agent has noted it."""
        state = agent_state.load(platform.home)
        answers = time.time() - state.reported < SILENCE and not state.problem
        return HeadConnection(platform.settings.head, answers, state.reported, state.problem)

    def programs(self, platform: Platform) -> Sequence[Program]:
        home, settings = platform.home, platform.settings
        worker = platform.airflow.worker(slots(settings), settings.worker_queues or (DEFAULT_QUEUE,))
        agent = Program(AGENT, (own_python(), "-m", "mlopsctl", "--home", str(home.root), "worker", "agent"))
        return (tunnel.program(home.tunnel_conf), worker, agent)

    def tasks(self, platform: Platform) -> set[str]:
        """Those of other hosts are known to the head only."""
        return set()

    def alive(self, platform: Platform) -> Sequence[str]:
        return ()

    def taking_tasks(self, platform: Platform) -> Sequence[str]:
        return ()


def report(platform: Platform) -> Report:
    """What this host says of itself to the head."""
    from mlopsctl.adapters.tls.authority import read_certificate

    home, settings, status = platform.home, platform.settings, platform.supervisor.states().get(WORKER)
    running = bool(status and status.state in (*ALIVE_SERVICE_STATES, ServiceState.STOPPING))
    record = platform.venv.record()
    return Report(
        running=running,
        ready=running and worker_process.is_ready(home, platform.supervisor),
        slots=slots(settings),
        queues=settings.worker_queues or (DEFAULT_QUEUE,),
        version=record.airflow_version if record else "",
        dags_revision=dag_files(home).revision,
        started=platform.supervisor.start_time(WORKER),
        clock=time.time(),
        certificate_ends=read_certificate(identity(home).certificate.read_bytes()).ends.timestamp(),
        tasks=tuple(sorted(running_task_ids(platform.supervisor))),
        executors=executors(home),
        stopping=bool(status and status.state is ServiceState.STOPPING),
        revision=membership.load(home).revision,
        mlopsctl=mlopsctl.__version__,
    )


def identity(home: Home) -> Identity:
    return Identity(home.tunnel / "host.crt", home.tunnel / "host.key", home.tunnel / "ca.crt")


def client(home: Home) -> HeadClient:
    """Through the tunnel. Raises MlopsctlError if this host has joined no platform."""
    joined = membership.load(home)
    port = next(route.port for route in joined.routes if route.name == "workers")
    return HeadClient(port, joined.token)


def dag_files(home: Home) -> ReceivedDagFiles:
    return ReceivedDagFiles(home.dag_revisions, home.dags)


def _celery_options(home: Home, settings: Settings) -> CeleryOptions:
    password = membership.load(home).celery_password
    broker = f"redis://{CELERY}:{password}@127.0.0.1:{settings.redis_port}"
    own = slots(settings)
    return CeleryOptions(f"{broker}/0", f"{broker}/1", own, 0)


def airflow_cfg(home: Home, settings: Settings) -> str:
    """The text of airflow.cfg. Raises MlopsctlError if this host has joined no platform."""
    return config.render_for_worker_host(home, settings, _celery_options(home, settings))


def executors(home: Home) -> str:
    """Those that Airflow knows on this host, as in airflow.cfg; empty if it cannot be read."""
    parser = ConfigParser(interpolation=None)
    try:
        parser.read(home.airflow_cfg, encoding="utf-8")
    except ConfigParserError:
        return ""
    return parser.get("core", "executor", fallback="")


def tunnel_conf(home: Home, settings: Settings) -> str:
    """The tunnel's configuration. Raises as airflow_cfg() does."""
    routes = membership.load(home).routes
    return tunnel.worker_conf(Address(*parse_listen(settings.head)), routes, identity(home))


def configure(home: Home, settings: Settings) -> None:
    """Write airflow.cfg, the plugin and the tunnel's configuration. Raises MlopsctlError if this host has joined no
    platform."""
    for folder in (home.airflow, home.task_logs, home.airflow / "xcom", home.dag_revisions, home.models, home.data):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_plugin(home)
    write_if_changed(home.airflow_cfg, airflow_cfg(home, settings))
    write_if_changed(home.tunnel_conf, tunnel_conf(home, settings))
