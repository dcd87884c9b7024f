"""What the checks inspect: the home, and facts that several checks need, each looked up once."""

import shlex
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.metadb.interface import AirflowMetadata
from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.paths import Home
from mlopsctl.core.states import ServiceState
from mlopsctl.operations.platform import Platform

T = TypeVar("T")


class CheckSkipped(Exception):
    """A check cannot run because something that it needs is missing. Its text is the reason, without a full stop."""


class DoctorContext:
    """A home in any state: it may be missing or incomplete. Shared by the threads of all checks.

    `platform`: its adapters, for its settings or, if they cannot be read, for the defaults. `settings_error`: why
    `config.toml` cannot be read. `machine`: the root of the machine's own files, such as /proc; tests use another.
    """

    def __init__(
        self, platform: Platform, settings_error: MlopsctlError | None = None, machine: Path = Path("/")
    ) -> None:
        self._platform = platform
        self.settings_error = settings_error
        self.machine = machine
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._cache: dict[str, Any] = {}

    @property
    def home(self) -> Home:
        return self._platform.home

    @property
    def desired(self) -> Platform:
        """The adapters, whether or not the platform was set up yet."""
        return self._platform

    @property
    def platform(self) -> Platform:
        """The adapters of a platform that was set up. Raises CheckSkipped if there is none."""
        if self.settings_error:
            raise CheckSkipped("config.toml cannot be read")
        if not self.home.config.exists():
            raise CheckSkipped(f"there is no platform in {self.home.root}")
        return self._platform

    def cached(self, name: str, load: Callable[[], T]) -> T:
        """What `load` returned or raised when first called under this name. Other threads wait for the first call."""
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self._cache:
                try:
                    self._cache[name] = load()
                except Exception as e:  # noqa: BLE001  # raised for every caller, below
                    self._cache[name] = e
        value = self._cache[name]
        if isinstance(value, Exception):
            raise value
        return value  # type: ignore[no-any-return]

    @property
    def install_record(self) -> InstallRecord:
        """Which Airflow is installed. Raises CheckSkipped if none is."""
        record = self.platform.venv.record()
        if not record or not self.home.python.exists():
            raise CheckSkipped("Airflow is not installed")
        return record

    @property
    def site_packages(self) -> Path:
        """The site-packages folder of the managed Airflow. Raises CheckSkipped if there is none."""
        found = sorted(self.home.venv.glob("lib/python3*/site-packages"))
        if not self.install_record or not found:
            raise CheckSkipped("Airflow is not installed")
        return found[-1]

    @property
    def service_states(self) -> dict[str, ServiceStatus]:
        """The state of each service, from supervisord. Raises CheckSkipped if it does not run."""
        states = self.cached("service-states", self.platform.supervisor.states)
        if not states:
            raise CheckSkipped("no service is running")
        return states

    def require_services(self, *services: str) -> None:
        """Raises CheckSkipped unless those of `services` that belong to this home are running and not suspended:
        otherwise a check would wait for an answer that does not come."""
        own = {program.name for program in self.platform.programs()}
        for name in services:
            if name in own and not self.is_running(name):
                raise CheckSkipped(f"{name} is not running")
            if name in self.suspended:
                raise CheckSkipped(f"{name} is suspended")

    def is_running(self, service: str) -> bool:
        """Raises CheckSkipped if no service is running."""
        return service in self.service_states and self.service_states[service].state == ServiceState.RUNNING

    @property
    def suspended(self) -> list[str]:
        """The services that were stopped by SIGSTOP, as by Ctrl-Z or a debugger."""
        states = self.service_states
        return self.cached("suspended", lambda: [name for name in states if _is_suspended(states[name].pid)])

    def require_secrets(self, *names: str) -> None:
        """Raises CheckSkipped if a secret is missing. To be called before adapters, which raise MlopsctlError."""
        for name in names:
            if not self.home.secret(name).exists():
                raise CheckSkipped(f"the secret {name} is missing")

    def require_api(self) -> None:
        """Raises CheckSkipped if Airflow's API cannot answer."""
        self.require_secrets("service-password")
        self.require_services("api-server", "postgres")  # without its database, every answer is status 500

    @property
    def api(self) -> AirflowApi:
        """Airflow's API. Raises CheckSkipped if it cannot answer."""
        self.require_api()
        return self.platform.api

    @property
    def metadata(self) -> AirflowMetadata:
        """Airflow's metadata database. Raises CheckSkipped if it cannot answer."""
        if not self.platform.settings.external_metadata_db:
            self.require_secrets("postgres-airflow-password")
            self.require_services("postgres")
        return self.platform.metadata

    @property
    def feature_store(self) -> MariaDB:
        """Raises CheckSkipped if it cannot answer."""
        if self.platform.settings.external_feature_store:
            self.require_secrets("feature-store-url")
        else:
            self.require_secrets("mariadb-mlops-password")
            self.require_services("mariadb")
        return self.platform.features()

    @property
    def listening_sockets(self) -> Iterable[Any]:
        """All TCP sockets of this machine that listen (psutil's connections)."""
        return self.cached("listening-sockets", _listening_sockets)

    @property
    def processes(self) -> Iterable[Any]:
        """All running processes of this home's services (psutil.Process)."""
        return self.cached("processes", self.platform.supervisor.processes)


def settings_unreadable(path: Path, error: OSError) -> MlopsctlError:
    return MlopsctlError(f"{path}: {error.strerror}.", hint=Hint(line=f"ls -l {shlex.quote(str(path))}"))


def _is_suspended(pid: int | None) -> bool:
    import psutil

    try:
        return bool(pid) and bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    except psutil.Error:
        return False  # it has ended since


def _listening_sockets() -> list[Any]:
    import psutil

    return [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
