"""What the checks look at: the home, and what several of them ask, asked once."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.paths import Home
from mlopsctl.operations.platform import Platform

T = TypeVar("T")


class Skipped(Exception):
    """A check cannot look, because something that it needs is missing. Its text is the reason, without a full stop."""


class Place:
    """A home, whatever its state: it need not exist, nor be whole. Threads share one.

    `platform`: its adapters, for the settings as they are or, where they cannot be read, the defaults.
    `broken`: why `config.toml` cannot be read. `machine`: the root of the machine's own files; another in tests.
    """

    def __init__(self, platform: Platform, broken: MlopsctlError | None = None, machine: Path = Path("/")) -> None:
        self._platform = platform
        self.broken = broken
        self.machine = machine
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._known: dict[str, Any] = {}

    @property
    def home(self) -> Home:
        return self._platform.home

    @property
    def wishes(self) -> Platform:
        """The adapters, whether or not there is a platform: for what can be told before."""
        return self._platform

    @property
    def platform(self) -> Platform:
        """The adapters of a platform that was set up. Raises Skipped where there is none."""
        if self.broken:
            raise Skipped("config.toml cannot be read")
        if not self.home.config.exists():
            raise Skipped(f"there is no platform in {self.home.root}")
        return self._platform

    def once(self, name: str, ask: Callable[[], T]) -> T:
        """The answer of `ask`, or the exception that it raised, of its first call; who comes meanwhile waits for it."""
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self._known:
                try:
                    self._known[name] = ask()
                except Exception as e:  # noqa: BLE001  # kept for all who ask
                    self._known[name] = e
        known = self._known[name]
        if isinstance(known, Exception):
            raise known
        return known  # type: ignore[no-any-return]

    @property
    def record(self) -> InstallRecord:
        """What is installed. Raises Skipped where nothing is."""
        record = self.platform.venv.record()
        if not record or not self.home.python.exists():
            raise Skipped("Airflow is not installed")
        return record

    @property
    def site(self) -> Path:
        """The folder of the managed Airflow's packages. Raises Skipped where there is none."""
        found = sorted(self.home.venv.glob("lib/python3*/site-packages"))
        if not self.record or not found:
            raise Skipped("Airflow is not installed")
        return found[-1]

    @property
    def states(self) -> dict[str, ServiceStatus]:
        """supervisord's word on each service. Raises Skipped where it does not run."""
        found = self.once("states", self.platform.supervisor.states)
        if not found:
            raise Skipped("no service runs")
        return found

    def need(self, *services: str) -> None:
        """Raises Skipped unless all the services run that this home runs itself, and are not halted: no answer is then
        worth waiting for."""
        own = {program.name for program in self.platform.programs()}
        for name in services:
            if name in own and (name not in self.states or self.states[name].state != "running"):
                raise Skipped(f"{name} does not run")
            if name in self.halted:
                raise Skipped(f"{name} is halted")

    @property
    def halted(self) -> list[str]:
        """The services that were stopped as by Ctrl-Z or a debugger (SIGSTOP)."""
        return self.once("halted", lambda: [name for name, status in self.states.items() if _is_halted(status.pid)])

    def need_secrets(self, *names: str) -> None:
        """Raises Skipped where a secret is missing. To be asked first: adapters raise for what they do not find."""
        for name in names:
            if not self.home.secret(name).exists():
                raise Skipped(f"the secret {name} is missing")

    @property
    def listeners(self) -> Iterable[Any]:
        """All sockets on which this machine's processes listen for TCP (psutil's connections)."""
        return self.once("listeners", _listeners)

    @property
    def processes(self) -> Iterable[Any]:
        """All living processes of this home's services (psutil.Process)."""
        return self.once("processes", self.platform.supervisor.processes)


def _is_halted(pid: int | None) -> bool:
    import psutil

    try:
        return bool(pid) and bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    except psutil.Error:
        return False  # it has ended meanwhile


def _listeners() -> list[Any]:
    import psutil

    return [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
