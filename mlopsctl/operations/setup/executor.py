"""Change where tasks run: in the scheduler, or on workers. No task is lost, and none fails for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlopsctl.adapters.airflow.release import RELEASES
from mlopsctl.adapters.tls.tunnel import Address, listens_on
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import WORKER
from mlopsctl.core.settings import CELERY, LOCAL
from mlopsctl.core.states import ALIVE_SERVICE_STATES
from mlopsctl.operations.backfill.lock import check_idle
from mlopsctl.operations.services.hold import WAIT, Hold
from mlopsctl.operations.services.ports import is_free
from mlopsctl.operations.setup import storage
from mlopsctl.operations.setup.install import InstallStep
from mlopsctl.operations.setup.request import SetupRequest
from mlopsctl.operations.workers.registry import Registry


def check(request: SetupRequest) -> None:
    """Raises MlopsctlError if the executor, or the address for other hosts, cannot be this one now."""
    _check_release(request)
    _check_hosts(request)
    _check_address(request)
    if not request.changes_executor:
        return
    check_idle(request.platform.home)
    if not request.start and request.platform.supervisor.running():
        message = "another executor needs another start of the scheduler, which is running."
        raise MlopsctlError(message, hint=Hint.of("stop", note="or leave out --no-start"), code="executor")


def _check_release(request: SetupRequest) -> None:
    platform = request.platform
    if platform.settings.has_workers and not platform.airflow.release.celery:
        series = ", ".join(release.series for release in RELEASES if release.celery)
        raise MlopsctlError(
            f"workers were not tried with Airflow {platform.settings.airflow_version}; they were with {series}.",
            hint=Hint.of("setup", "--executor", LOCAL),
            code="executor",
        )


def _check_hosts(request: SetupRequest) -> None:
    """Hosts that have joined know one address of this machine, and need its services for them."""
    platform = request.platform
    joined = [worker.host for worker in Registry(platform.home).workers()]
    if not joined:
        return
    if not platform.settings.has_workers:
        why = "workers of other machines need the executor celery, and these have joined"
    elif (address := _left_address(request)) and platform.workers.alive(platform):
        why = f"workers of other machines reach this one at {address}, and these have joined"
    else:
        return
    raise MlopsctlError(
        f"{why}: {', '.join(joined)}.", hint=Hint.of("worker", "remove", joined[0]), code="workers-joined"
    )


def _left_address(request: SetupRequest) -> str:
    """The address on which other hosts reach this one until now, if it is to be another one, or none."""
    conf, wanted = request.platform.home.tunnel_conf, request.platform.settings.listen_address
    before = listens_on(conf.read_text(encoding="utf-8")) if conf.exists() else ""
    return before if before and before != (str(Address(*wanted)) if wanted else "") else ""


def _check_address(request: SetupRequest) -> None:
    platform = request.platform
    if not platform.settings.listen_address:
        return
    host, port = platform.settings.listen_address
    try:
        free = is_free(port, host) or platform.supervisor.listens_on(port)
    except MlopsctlError as e:
        e.hint = Hint.of("setup", "--executor", CELERY, "--listen", "ADDRESS")
        raise
    if not free:
        raise MlopsctlError(
            f"another program listens on port {port}.",
            hint=Hint.of("setup", "--executor", CELERY, "--listen", Address(host, port + 1)),
            code="port-busy",
        )


@dataclass(frozen=True)
class TasksStep:
    """Before another executor, or other packages for workers: let the tasks at work end, and no other start until setup
    has ended."""

    request: SetupRequest
    hold: Hold
    name: str = "tasks"
    needs: Sequence[str] = ("check",)

    @property
    def concerns(self) -> bool:
        """Whether this platform has workers, or changes what tasks need."""
        return self.request.platform.settings.has_workers or self._stops_scheduler()

    def todo(self) -> str:
        check(self.request)
        return WAIT if self._is_at_work() and self._is_needed() else ""

    def _is_at_work(self) -> bool:
        states = self.request.platform.supervisor.states()
        return any(name in states and states[name].state in ALIVE_SERVICE_STATES for name in ("scheduler", WORKER))

    def _is_needed(self) -> bool:
        """Also if an interrupted setup has written airflow.cfg, and the scheduler runs with the one before."""
        if self._stops_scheduler():
            return True
        return self.request.platform.settings.has_workers and (
            bool(InstallStep(self.request).todo()) or self._is_newer_than_scheduler()
        )

    def _is_newer_than_scheduler(self) -> bool:
        platform, cfg = self.request.platform, self.request.platform.home.airflow_cfg
        return cfg.exists() and cfg.stat().st_mtime > platform.supervisor.start_time("scheduler") > 0

    def _stops_scheduler(self) -> bool:
        """If setup is killed, no task must be sent to a broker that is not there, or look for files elsewhere."""
        platform = self.request.platform
        return self.request.changes_executor or storage.current(platform.home) != platform.settings.storage

    def do(self) -> Iterator[str]:
        yield from self.hold.begin((WORKER, "scheduler") if self._stops_scheduler() else (WORKER,))

    def detail(self) -> str:
        return "none is at work" if self.hold.is_on else "not affected"
