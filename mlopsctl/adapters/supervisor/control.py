"""supervisord: keeps the services of a home alive, rotates their logs, knows their state."""

import http.client
import os
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlopsctl.adapters import process
from mlopsctl.adapters.files import write_if_changed
from mlopsctl.adapters.supervisor.config import MARK, sections
from mlopsctl.core.deadline import poll
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.paths import Home
from mlopsctl.core.states import ServiceState

ALIVE = ("starting", "running")  # the states of a service that is started again where its configuration has changed


@dataclass(frozen=True)
class Supervisor:
    home: Home

    @property
    def conf(self) -> Path:
        return self.home.run / "supervisord.conf"

    def _rpc(self) -> Any:
        from supervisor.xmlrpc import SupervisorTransport

        transport = SupervisorTransport(None, None, f"unix://{self.home.supervisor_socket}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def _call(self, method: str, *args: object) -> Any:
        """Raises Unavailable where supervisord does not answer or is ending, xmlrpc.client.Fault where it says no."""
        try:
            return getattr(self._rpc(), method)(*args)
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

    def configure(self, conf: str) -> bool:
        """Write the configuration; a running supervisord takes it over, restarting what ran and has changed.

        Whoever wrote it may have been killed before supervisord had taken it over: a running one is always asked.
        """
        changed = write_if_changed(self.conf, conf)
        return (self.running() and self._take_over()) or changed

    def configured(self, conf: str) -> bool:
        """Whether the file says this, and supervisord, which must run, has taken all of it over."""
        return self._written() == conf and not any(self._differences())

    def outages(self, conf: str) -> dict[str, list[str]]:
        """Of the services that run, those that `configure(conf)` would `restart`, and would `stop`. Writes nothing.

        supervisord, which must run, compares files only: for a text that is not written yet we do it in its stead.
        """
        written = self._written()
        if written == conf:
            _, modified, removed = self._differences()
        else:
            before, after = sections(written), sections(conf)
            modified = [name for name in before if after.get(name, before[name]) != before[name]]
            removed = [name for name in before if name not in after]
        alive = [name for name, status in self.states().items() if status.state in ALIVE]
        return {verb: [n for n in names if n in alive] for verb, names in (("restart", modified), ("stop", removed))}

    def _written(self) -> str:
        return self.conf.read_text(encoding="utf-8") if self.conf.exists() else ""

    def _differences(self) -> tuple[list[str], list[str], list[str]]:
        """The services that the file has and supervisord has not, that differ, and that only supervisord has."""
        added, modified, removed = self._call("reloadConfig")[0]  # reads the file; what is active stays as it is
        return added, modified, removed

    def _take_over(self) -> bool:
        """Whether there was anything to take over."""
        before = self.states()
        added, modified, removed = self._differences()
        for name in [*modified, *removed]:
            self.stop(name)
            self._call("removeProcessGroup", name)
        for name in [*added, *modified]:
            self._call("addProcessGroup", name)
        for name in modified:
            if before[name].state in ALIVE:
                self.start(name)
        return bool(added or modified or removed)

    def spawn(self, deadline: float = 10.0) -> None:
        """Start supervisord, if it does not run, and wait until it answers. Raises MlopsctlError with its log."""
        if self.running():
            return
        process.run(
            [sys.executable, "-m", "supervisor.supervisord", "-c", self.conf],
            env=process.clean_env(**{MARK: str(self.home.root)}),
            detach=True,
        )
        until = time.monotonic() + deadline
        while not self.running():
            if time.monotonic() > until:
                log = self.home.logs / "supervisord.log"
                raise MlopsctlError(f"supervisord does not answer: {tail(log, 5)}", hint=f"cat '{log}'")
            time.sleep(0.05)

    def states(self) -> dict[str, ServiceStatus]:
        """What supervisord says of each service; empty where it does not run."""
        try:
            infos = self._call("getAllProcessInfo")
        except Unavailable:
            return {}
        return {i["name"]: _status(i) for i in infos}

    def started(self, name: str) -> float:
        """When the service's process began, in seconds since the epoch; 0: it does not run.

        To a hundredth: supervisord and psutil know whole seconds only, too few to tell which came first.
        """
        status = self.states().get(name)
        try:
            words = Path(f"/proc/{status.pid}/stat").read_text(encoding="utf-8") if status and status.pid else ""
        except FileNotFoundError:
            return 0.0
        if not words:
            return 0.0
        ticks = int(words.rpartition(")")[2].split()[19])  # starttime, proc(5): since the machine's start
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / os.sysconf("SC_CLK_TCK")

    def start(self, name: str) -> None:
        """Ask for a start; does nothing where the service runs. Waiting until it is up is the caller's affair."""
        try:
            self._call("startProcess", name, False)
        except xmlrpc.client.Fault as e:
            if "ALREADY_STARTED" not in e.faultString:
                raise MlopsctlError(
                    f"supervisord does not start {name}: {e.faultString}.", hint=Hint.of("logs", name)
                ) from e

    def stop(self, name: str) -> None:
        """Stop and wait; does nothing where the service does not run."""
        try:
            # Asked to wait itself, supervisord runs in a tight loop until the service has ended: 2.4 s of CPU for four.
            self._call("stopProcess", name, False)
        except xmlrpc.client.Fault as e:
            if "NOT_RUNNING" not in e.faultString and "BAD_NAME" not in e.faultString:
                raise MlopsctlError(f"supervisord does not stop {name}: {e.faultString}.", hint=Hint.of("stop")) from e
        while (status := self.states().get(name)) and status.state == "stopping":
            time.sleep(0.05)  # it kills what has not ended within stopwaitsecs

    def shutdown(self) -> None:
        """End supervisord and all that it still runs."""
        if self.running():
            self._call("shutdown")

    def processes(self) -> list[Any]:
        """All living processes of this home's services (psutil.Process)."""
        import psutil

        found = []
        for p in psutil.process_iter():
            try:
                if p.pid != os.getpid() and self._is_ours(p):
                    found.append(p)
            except psutil.AccessDenied:
                found += [p] if self._is_closed(p) else []
            except psutil.Error:  # gone meanwhile
                continue
        return found

    def _is_ours(self, p: Any) -> bool:
        """By where it works: the mark alone is lost where a process sets a title for `ps`, which overwrites it."""
        place = p.cwd()
        if place == str(self.home.services_cwd) or p.environ().get(MARK) == str(self.home.root):
            return True
        data = (str(self.home.postgres / "data"), str(self.home.mariadb / "data"))
        return place in data and p.name() in ("postgres", "mariadbd")

    def _is_closed(self, p: Any) -> bool:
        """Whether it is one that runs a task: Airflow forbids its own user to look into those (PR_SET_DUMPABLE, in its
        SDK's supervisor). What is left to know it by is its title, and the session, which is supervisord's."""
        import psutil

        try:
            session = int((self.home.run / "supervisord.pid").read_text(encoding="utf-8"))
            ours = p.uids().real == os.getuid() and os.getsid(p.pid) == session
            return ours and "airflow" in " ".join(p.cmdline())
        except (FileNotFoundError, ValueError, ProcessLookupError, psutil.Error):  # no supervisord; gone meanwhile
            return False

    def orphans(self) -> list[Any]:
        """Processes of this home's services whose parent, a service that was killed, is gone (psutil.Process)."""
        ours = {p.pid: p for p in self.processes()}
        supervisord = self._call("getPID")
        return [p for p in ours.values() if p.pid != supervisord and p.ppid() not in ours and p.ppid() != supervisord]

    def end_leftovers(self, patience: float = 10.0) -> int:
        """End every process of this home's services that supervisord no longer holds; how many there were.

        `patience`: seconds until those that do not end by themselves are killed.
        """
        left = self.processes()
        for p in left:
            _signal(p.terminate)
        alive = wait_until_ended(left, patience)
        for p in alive:
            _signal(p.kill)
        wait_until_ended(alive, patience)
        return len(left)

    def listens(self, port: int) -> bool:
        """Whether it is a service of this home that listens on `port`, and not somebody else's."""
        # These first, and of these the one that listens as a rule: to ask all takes a tenth of a second.
        held = [s.pid for s in sorted(self.states().values(), key=lambda s: s.name != "api-server") if s.pid]
        return any(_listens(pid, port) for pid in held) or (
            not held and any(_listens(p.pid, port) for p in self.processes())
        )


def _signal(send: Callable[[], None]) -> None:
    import psutil

    with suppress(psutil.NoSuchProcess):  # it ended by itself meanwhile, which is what we want
        send()


def wait_until_ended(processes: Sequence[Any], timeout: float) -> list[Any]:
    """Wait for processes (psutil.Process); returns those that are still alive after `timeout` seconds.

    A zombie counts as ended: until its parent collects it, which the first process of a container may never do, it has
    only an entry in the process table.
    """
    poll(lambda: not any(map(_is_alive, processes)), every=0.02, give_up_after=timeout)
    return list(filter(_is_alive, processes))


def _is_alive(process: Any) -> bool:
    import psutil

    try:
        process.wait(timeout=0)  # collects it if it is a child of this process
    except psutil.TimeoutExpired:
        with suppress(psutil.NoSuchProcess):
            return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def _listens(pid: int, port: int) -> bool:
    import psutil

    try:
        connections = psutil.Process(pid).net_connections("tcp")
    except psutil.Error:  # it has ended meanwhile
        return False
    return any(c.laddr.port == port for c in connections if c.status == psutil.CONN_LISTEN)


def _status(info: dict[str, Any]) -> ServiceStatus:
    up = info["now"] - info["start"] if info["statename"] == "RUNNING" else 0
    return ServiceStatus(info["name"], ServiceState(info["statename"].lower()), info["pid"] or None, up, None)


def tail(path: Path, lines: int = 12) -> str:
    """The last lines of a log; empty where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 400 * lines))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
