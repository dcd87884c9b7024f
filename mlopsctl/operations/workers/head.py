"""The head of a platform with workers: its services for them, and the files that these read."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mlopsctl.adapters.airflow.config import CeleryOptions
from mlopsctl.adapters.airflow.programs import own_python
from mlopsctl.adapters.files import write_bytes, write_if_changed
from mlopsctl.adapters.supervisor.config import Program
from mlopsctl.adapters.tls import tunnel
from mlopsctl.adapters.tls.tunnel import Address, Identity, Route
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import WORKER_API, Home
from mlopsctl.core.settings import CELERY, Settings
from mlopsctl.core.workers import HEAD_QUEUE, JOIN, REPORT_INTERVAL, TASKS_LOST, WorkerRow, tasks_at_once
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers.registry import Registry

DEFAULT_QUEUE = "default"  # of tasks that name none; see [operators] default_queue
HEAD_QUEUES = (DEFAULT_QUEUE, HEAD_QUEUE)  # from which the worker of this machine takes tasks


def slots(settings: Settings) -> int:
    """How many tasks the worker of this machine runs at once."""
    return settings.worker_slots or len(os.sched_getaffinity(0))


def check(platform: Platform) -> None:
    """Raises MlopsctlError unless this is the head of a platform with workers."""
    if not platform.settings.has_workers:
        hint = Hint.of("setup", "--executor", CELERY, "--listen", "ADDRESS")
        raise MlopsctlError("this platform has no workers: its scheduler runs the tasks.", hint=hint, code="no-workers")


def celery_options(platform: Platform, *, with_hosts: bool) -> CeleryOptions | None:
    """None without workers. `with_hosts`: count the slots of other hosts, too. Raises MlopsctlError if a secret is
    missing."""
    if not platform.settings.has_workers:
        return None
    own = slots(platform.settings)
    hosts = Registry(platform.home).workers() if with_hosts else ()
    others = sum(worker.report.slots for worker in hosts if worker.report)
    return CeleryOptions(platform.redis.url, platform.redis.results_url, own, tasks_at_once(own + others))


def routes(settings: Settings) -> tuple[Route, ...]:
    """What worker hosts reach through the tunnel."""
    return (
        Route("workers", settings.worker_api_port),
        Route("api", settings.api_port),
        Route("redis", settings.redis_port),
        *(() if settings.external_feature_store else (Route("mariadb", settings.mariadb_port),)),
        Route(JOIN, settings.worker_api_port, open_to_all=True),
    )


def identity(home: Home) -> Identity:
    return Identity(home.tunnel / "host.crt", home.tunnel / "host.key", home.authority / "ca.crt")


def tunnel_conf(home: Home, settings: Settings) -> str:
    """Empty if no other machine is to reach this one."""
    if not settings.listen_address:
        return ""
    address = Address(*settings.listen_address)
    return tunnel.head_conf(address, routes(settings), identity(home), home.authority / "revoked.pem")


def is_prepared(home: Home, settings: Settings) -> bool:
    """Whether the files for other hosts are there, as far as there are to be any."""
    conf, own = tunnel_conf(home, settings), identity(home)
    files = (own.certificate, own.key, own.authority, home.authority / "revoked.pem", home.tunnel_conf)
    return not conf or (all(path.exists() for path in files) and home.tunnel_conf.read_text(encoding="utf-8") == conf)


def prepare(home: Home, settings: Settings) -> None:
    """Make the certificate authority and the head's own certificate if there are none, and write the tunnel's
    configuration."""
    from mlopsctl.adapters.tls.authority import Authority

    own = identity(home)
    Authority(home.authority).create()
    if not own.certificate.exists() or not own.key.exists():
        renew(home)
    write_if_changed(home.tunnel_conf, tunnel_conf(home, settings))


def renew(home: Home) -> None:
    """Make a new key and certificate for the head. The tunnel reads them when it starts. Raises MlopsctlError if the
    authority has no key."""
    from mlopsctl.adapters.tls.authority import Authority

    own = identity(home)
    key, certificate = Authority(home.authority).issue_head()
    write_bytes(own.key, key)
    write_bytes(own.certificate, certificate)


@dataclass(frozen=True)
class HeadWorkers:
    """The worker of this machine, and those of other hosts. `list_rows`: see operations/workers/listing.py."""

    list_rows: Callable[[Platform], Sequence[WorkerRow]] = lambda _: ()

    def tasks_since(self, platform: Platform, instant: float) -> set[str]:
        """Of a host that is silent, they count until they are lost, too: it may run, and not reach this machine."""
        found: set[str] = set()
        for worker in Registry(platform.home).workers():
            if not worker.report or time.time() - worker.reported > TASKS_LOST:
                continue
            # A report can be under way while its host begins a task.
            if worker.reported < instant + REPORT_INTERVAL and not worker.report.last:
                raise Unavailable(f"waiting for a report of {worker.host}.", hint=Hint.of("worker", "list"))
            found |= set(worker.report.tasks)
        return found

    def rows(self, platform: Platform) -> Sequence[WorkerRow]:
        return self.list_rows(platform)

    def head(self, platform: Platform) -> None:
        """None: it is the head."""

    def programs(self, platform: Platform) -> Sequence[Program]:
        """The worker; and with an address to listen on, the API for other hosts and the tunnel to it."""
        settings, home = platform.settings, platform.home
        worker = platform.airflow.worker(slots(settings), HEAD_QUEUES)
        if not settings.listen_address:
            return (worker,)
        command = (own_python(), "-m", "mlopsctl", "--home", str(home.root), "worker", "serve")
        return (tunnel.program(home.tunnel_conf), worker, Program(WORKER_API, command, port=settings.worker_api_port))

    def tasks(self, platform: Platform) -> set[str]:
        """As the hosts reported them last. A host that is dead has none: without their heartbeats they are lost."""
        return {task for _, report in Registry(platform.home).reporting() for task in report.tasks}

    def alive(self, platform: Platform) -> Sequence[str]:
        return [worker.host for worker, _ in Registry(platform.home).reporting()]

    def taking_tasks(self, platform: Platform) -> Sequence[str]:
        return [worker.host for worker, report in Registry(platform.home).reporting() if report.running]
