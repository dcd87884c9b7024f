"""supervisord: runs the services of a home, restarts them when they crash, rotates their logs, reports their state."""

import http.client
import os
import shlex
import signal
import sys
import xmlrpc.client
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlopsctl.adapters import process
from mlopsctl.adapters.files import tail, write_if_changed
from mlopsctl.adapters.supervisor import processes
from mlopsctl.adapters.supervisor.config import HOME_VARIABLE, parse
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, poll
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.paths import Home
from mlopsctl.core.states import ALIVE_SERVICE_STATES, ServiceState

START_TIMEOUT = 10.0  # seconds until supervisord must answer
KILL_AFTER = 10.0  # seconds until processes that do not end are killed
POLL = 0.05
MEANWHILE = 1.0


@dataclass(frozen=True)
class Supervisor:
    home: Home
    clock: Clock = field(default=SYSTEM_CLOCK, repr=False, compare=False)

    @property
    def conf(self) -> Path:
        return self.home.run / "supervisord.conf"

    def _rpc(self) -> xmlrpc.client.ServerProxy:
        from supervisor.xmlrpc import SupervisorTransport

        transport = SupervisorTransport(None, None, f"unix://{self.home.supervisor_socket}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)

    def _call(self, method: str, *args: object) -> Any:
        """Raises Unavailable if supervisord does not answer or is shutting down, xmlrpc.client.Fault if it refuses."""
        try:
            with self._rpc() as server:
                return getattr(server.supervisor, method)(*args)
        except xmlrpc.client.Fault as e:
            if "SHUTDOWN_STATE" not in e.faultString:
                raise
            raise Unavailable("supervisord is shutting down.", hint=Hint.of("start"), code="supervisor") from e
        except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError) as e:
            raise Unavailable(f"supervisord does not answer: {e}.", hint=Hint.of("start"), code="supervisor") from e

    def running(self) -> bool:
        """Whether supervisord of this home answers."""
        try:
            return bool(self._call("getState")["statename"] == "RUNNING")
        except Unavailable:
            return False

    # Configuration

    def configure(self, conf: str) -> bool:
        """Write the configuration; a running supervisord applies it, and restarts running services that changed.
        Whether anything changed.

        A running supervisord is always asked: an earlier command may have been killed after it wrote the file.
        """
        changed = write_if_changed(self.conf, conf)
        return (self.running() and self._apply()) or changed

    def is_configured(self, conf: str) -> bool:
        """Whether the file has this content, and supervisord, which must run, has applied it."""
        return self._file() == conf and not any(self._differences())

    def outages(self, conf: str) -> dict[str, list[str]]:
        """The running services that `configure(conf)` would `restart` and `stop`. Changes nothing.

        supervisord, which must run, compares itself with the file only. Two configurations are compared here.
        """
        current = self._file()
        if current == conf:
            _, modified, removed = self._differences()
        else:
            before, after = parse(current), parse(conf)
            modified = [name for name in before if after.get(name, before[name]) != before[name]]
            removed = [name for name in before if name not in after]
        alive = [name for name, status in self.states().items() if status.state in ALIVE_SERVICE_STATES]
        return {verb: [n for n in names if n in alive] for verb, names in (("restart", modified), ("stop", removed))}

    def _file(self) -> str:
        return self.conf.read_text(encoding="utf-8") if self.conf.exists() else ""

    def _differences(self) -> tuple[list[str], list[str], list[str]]:
        """The services that only the file has, those that differ, and those that only supervisord has."""
        added, modified, removed = self._call("reloadConfig")[0]  # reads the file; changes no service
        return added, modified, removed

    def _apply(self) -> bool:
        """Whether there was anything to apply."""
        before = self.states()
        added, modified, removed = self._differences()
        for name in [*modified, *removed]:
            self.stop(name)
            self._call("removeProcessGroup", name)
        for name in [*added, *modified]:
            self._call("addProcessGroup", name)
        for name in modified:
            if before[name].state in ALIVE_SERVICE_STATES:
                self.start(name)
        return bool(added or modified or removed)

    # supervisord itself

    def spawn(self) -> None:
        """Start supervisord unless it runs, and wait until it answers. Raises MlopsctlError with its log."""
        if self.running():
            return
        process.run(
            [sys.executable, "-m", "supervisor.supervisord", "-c", self.conf],
            env=process.clean_env(**{HOME_VARIABLE: str(self.home.root)}),
            detach=True,
        )
        if not poll(self.running, every=POLL, give_up_after=START_TIMEOUT, clock=self.clock):
            log = self.home.logs / "supervisord.log"
            hint = Hint(line=f"cat {shlex.quote(str(log))}")
            raise MlopsctlError(f"supervisord does not answer: {tail(log, 5)}", hint=hint)

    def shutdown(self) -> None:
        """Stop supervisord and all services that it runs."""
        if self.running():
            self._call("shutdown")

    # Services

    def states(self) -> dict[str, ServiceStatus]:
        """By name; empty if supervisord does not run."""
        try:
            infos = self._call("getAllProcessInfo")
        except Unavailable:
            return {}
        return {i["name"]: _status(i) for i in infos}

    def start_time(self, name: str) -> float:
        """When the service's process started, in seconds since the epoch; 0 if it does not run."""
        status = self.states().get(name)
        return processes.start_time(status.pid) if status and status.pid else 0.0

    def start(self, name: str) -> None:
        """Request a start, without waiting for it; does nothing if the service runs."""
        try:
            self._call("startProcess", name, False)
        except xmlrpc.client.Fault as e:
            if "ALREADY_STARTED" not in e.faultString:
                message = f"supervisord cannot start {name}: {e.faultString}."
                raise MlopsctlError(message, hint=Hint.of("logs", name)) from e

    def stop(self, name: str, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Stop a service and wait for its end; does nothing if it does not run. `meanwhile` is called every second
        until it has ended."""
        self.begin_stop(name)
        # No limit: supervisord kills what has not ended within stopwaitsecs.
        while not poll(lambda: not self._is_stopping(name), every=POLL, give_up_after=MEANWHILE, clock=self.clock):
            meanwhile()

    def begin_stop(self, name: str) -> None:
        """Stop a service, without waiting for its end."""
        try:
            # If supervisord waits itself, it runs in a tight loop until the service has ended: 2.4 s of CPU for four.
            self._call("stopProcess", name, False)
        except xmlrpc.client.Fault as e:
            if "NOT_RUNNING" not in e.faultString and "BAD_NAME" not in e.faultString:
                raise MlopsctlError(f"supervisord cannot stop {name}: {e.faultString}.", hint=Hint.of("stop")) from e

    def kill(self, name: str) -> None:
        """End a service and the processes of its group at once; does nothing if it does not run."""
        status = self.states().get(name)
        if status and status.pid:
            with suppress(ProcessLookupError):
                os.killpg(status.pid, signal.SIGKILL)  # each service has a group of its own

    def reload(self, name: str) -> None:
        """Let a service read its files again (SIGHUP); does nothing if it does not run."""
        status = self.states().get(name)
        if status and status.pid:
            with suppress(ProcessLookupError):
                os.kill(status.pid, signal.SIGHUP)

    def _is_stopping(self, name: str) -> bool:
        status = self.states().get(name)
        return status is not None and status.state is ServiceState.STOPPING

    # Processes

    def processes(self) -> list[Any]:
        """All living processes of this home's services (psutil.Process)."""
        return processes.find(self.home)

    def orphans(self) -> list[Any]:
        """Service processes whose parent, a killed service, is gone (psutil.Process)."""
        ours = {p.pid: p for p in self.processes()}
        supervisord = self._call("getPID")
        known = {*ours, supervisord, None}  # None: it has ended
        return [p for p in ours.values() if p.pid != supervisord and processes.parent_of(p) not in known]

    def end_orphans(self) -> None:
        """Kill them and their descendants, without waiting for their end: a task of Airflow 2 is a child of a child of
        a worker. Parents first, which would otherwise report the end of a child as a failure."""
        import psutil

        families = [processes.with_descendants(orphan) for orphan in self.orphans()]
        for member in (member for family in families for member in family):
            with suppress(psutil.NoSuchProcess):
                member.kill()

    def end_leftovers(self, kill_after: float = KILL_AFTER) -> int:
        """End all processes of this home's services, if supervisord does not run. How many there were."""
        left = self.processes()
        processes.end(left, kill_after)
        return len(left)

    def listens_on(self, port: int) -> bool:
        """Whether a service of this home listens on `port`, and not another program."""
        # Those that supervisord runs first, the API server before all: to inspect all processes takes 0.1 s.
        pids = [s.pid for s in sorted(self.states().values(), key=lambda s: s.name != "api-server") if s.pid]
        if any(processes.listens_on(pid, port) for pid in pids):
            return True
        # A web server of Airflow 2 is a child, gunicorn. Without supervisord, only the list of all processes is left.
        return any(processes.listens_on(process.pid, port) for process in self.processes() if process.pid not in pids)


def _status(info: dict[str, Any]) -> ServiceStatus:
    up = info["now"] - info["start"] if info["statename"] == "RUNNING" else 0
    return ServiceStatus(info["name"], ServiceState(info["statename"].lower()), info["pid"] or None, up, None)
