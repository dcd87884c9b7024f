"""The processes of a home's services, as the operating system lists them."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mlopsctl.adapters.supervisor.config import HOME_VARIABLE
from mlopsctl.core.deadline import poll
from mlopsctl.core.paths import Home

POLL = 0.02  # seconds


def find(home: Home) -> list[Any]:
    """All living processes of the services of a home (psutil.Process)."""
    import psutil

    found = []
    for process in _all_processes():
        try:
            if process.pid != os.getpid() and _belongs_to(home, process):
                found.append(process)
        except psutil.AccessDenied:
            found += [process] if _is_task(home, process) else []
        except psutil.Error:  # it has ended
            continue
    return found


def _all_processes() -> Iterator[Any]:
    """All processes of the machine. Not by psutil.process_iter(), which keeps its objects between calls: if a PID has
    been reused since, it returns the object of the old process, which refuses to signal the new one."""
    import psutil

    for pid in psutil.pids():
        with suppress(psutil.NoSuchProcess):
            yield psutil.Process(pid)


def _belongs_to(home: Home, process: Any) -> bool:
    """By its working directory: the variable alone is lost if a process sets its title, which overwrites it."""
    cwd = process.cwd()
    if cwd == str(home.services_cwd) or process.environ().get(HOME_VARIABLE) == str(home.root):
        return True
    data = {str(folder / "data") for folder in (home.postgres, home.mariadb, home.redis)}
    return cwd in data and process.name() in ("postgres", "mariadbd", "redis-server")


def _is_task(home: Home, process: Any) -> bool:
    """Whether it is a task's process: Airflow makes those unreadable even for their own user (PR_SET_DUMPABLE, in its
    SDK's supervisor). What remains readable is the title, and the session, which is supervisord's."""
    import psutil

    try:
        session = int(home.supervisor_pid.read_text(encoding="utf-8"))
        ours = process.uids().real == os.getuid() and os.getsid(process.pid) == session
        return ours and "airflow" in " ".join(process.cmdline())
    except (FileNotFoundError, ValueError, ProcessLookupError, psutil.Error):  # no supervisord; it has ended
        return False


def parent_of(process: Any) -> int | None:
    """The process id of its parent; None if the process has ended."""
    import psutil

    try:
        return int(process.ppid())
    except psutil.NoSuchProcess:
        return None


def with_descendants(process: Any) -> list[Any]:
    """The process, and those that it and its children have started; none if it has ended."""
    import psutil

    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def end(processes: Sequence[Any], kill_after: float) -> None:
    """Terminate processes, and kill those that have not ended after so many seconds."""
    _signal(process.terminate for process in processes)
    alive = wait_until_ended(processes, kill_after)
    _signal(process.kill for process in alive)
    wait_until_ended(alive, kill_after)


def _signal(sends: Iterable[Callable[[], None]]) -> None:
    import psutil

    for send in sends:
        with suppress(psutil.NoSuchProcess):
            send()


def wait_until_ended(processes: Sequence[Any], timeout: float) -> list[Any]:
    """Wait for processes (psutil.Process); returns those that are still alive after `timeout` seconds.

    A zombie counts as ended: until its parent collects it, which the first process of a container may never do, it has
    only an entry in the process table.
    """
    poll(lambda: not any(map(_is_alive, processes)), every=POLL, give_up_after=timeout)
    return list(filter(_is_alive, processes))


def _is_alive(process: Any) -> bool:
    import psutil

    try:
        process.wait(timeout=0)  # collects it if it is a child of this process
    except psutil.TimeoutExpired:
        with suppress(psutil.NoSuchProcess):
            return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def listens_on(pid: int, port: int) -> bool:
    import psutil

    try:
        connections = psutil.Process(pid).net_connections("tcp")
    except psutil.Error:  # it has ended
        return False
    return any(c.laddr.port == port for c in connections if c.status == psutil.CONN_LISTEN)


def start_time(pid: int) -> float:
    """In seconds since the epoch; 0 if there is no such process.

    To a hundredth: supervisord and psutil know whole seconds, too coarse to tell which of two came first.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return 0.0
    ticks = int(stat.rpartition(")")[2].split()[19])  # starttime in proc(5): since boot
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / os.sysconf("SC_CLK_TCK")
