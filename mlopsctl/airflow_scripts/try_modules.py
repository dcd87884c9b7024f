"""Run by the managed Airflow's Python: which modules can be imported in a process that forks others afterwards.

Reads JSON from stdin: {"trusted": [module], "modules": [module], "seconds": CPU time that an import may take, "mb":
memory that it may take, "env": variables for the imports}. Prints JSON: {"modules": [module that can be imported so],
"left_out": {module: reason}}. `trusted` are Airflow's own: they come first, and only their failure counts. A name
`warm_up:FUNCTION` is that function of warm_up.py.

All are imported in one child process, one after the other. When one of them leaves something in the process that a
fork does not carry over, or ends it, the child has come to its end, and another one begins without that module. One
that takes long is tried twice: the first import of all may have had to compile it to bytecode.
"""

import gc
import importlib
import json
import logging
import multiprocessing
import os
import resource
import select
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

WALL_FACTOR = 12  # on a busy machine, an import may take this many times its limit of CPU time
SLOW = "its import takes"
PAGE_MB = resource.getpagesize() / 2**20


def main() -> None:
    gc.disable()  # its objects stay until it ends, soon
    request = json.load(sys.stdin)
    left_out: dict[str, str] = {}
    slow: set[str] = set()
    wanted = [*request["trusted"], *request["modules"]]
    while True:
        names = [name for name in wanted if name not in left_out]
        failures = dict(_try(names, request))
        slow_now = {name for name, reason in failures.items() if reason.startswith(SLOW)}
        left_out |= {name: reason for name, reason in failures.items() if name not in slow_now - slow}
        slow |= slow_now
        if not failures:
            break
    answer = {"modules": [name for name in wanted if name not in left_out], "left_out": left_out}
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


def _try(names: list[str], request: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Import the modules in a child process. Yields those that cannot be preloaded, each with the reason."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        os.setpgid(0, 0)
        status = 1
        try:
            _import_all(names, request, writer)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    yield from _follow(child, reader, request["seconds"] * WALL_FACTOR)


def _follow(child: int, reader: int, limit: float) -> Iterator[tuple[str, str]]:
    """Read what the child reports: the name of a module before its import, and its failure. It is killed if it reports
    nothing for `limit` seconds."""
    current, pending, timed_out = "", b"", False
    while True:
        timed_out = not select.select([reader], [], [], limit)[0]
        chunk = b"" if timed_out else os.read(reader, 65536)
        if not chunk:
            break
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            current, reason = json.loads(line)
            if reason:
                yield current, reason
    os.close(reader)
    if timed_out:
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if timed_out:
        yield current, f"its import did not end within {limit:.0f} s"
    elif status:
        signal_number = os.waitstatus_to_exitcode(status)
        yield (
            current,
            f"its import ended the process ({'exit' if signal_number > 0 else 'signal'} {abs(signal_number)})",
        )


def _import_all(names: list[str], request: dict[str, Any], writer: int) -> None:
    """Ends after the first module that changed the process; one that only failed did not."""
    trusted = set(request["trusted"])
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)  # what a module prints is not an answer
    warnings.simplefilter("ignore")
    os.environ.update({name: value for name, value in request["env"].items() if name not in os.environ})
    sys.path.append(str(Path(__file__).parent))
    load = importlib.import_module("warm_up").load
    sys.path.pop()
    for name in names:
        _report(writer, name, "")
        before = {} if name in trusted else _state()
        began, memory = _cpu_seconds(), _memory_mb()
        try:
            load(name)
        except BaseException as e:  # noqa: BLE001  # SystemExit, too
            _report(writer, name, f"{type(e).__name__}: {e}")
            continue
        reason = _limit_exceeded(request, _cpu_seconds() - began, _memory_mb() - memory)
        reason = reason or _difference(before, _state() if before else {})
        if reason and name not in trusted:
            _report(writer, name, reason)
            return


def _report(writer: int, name: str, reason: str) -> None:
    os.write(writer, json.dumps([name, reason]).encode() + b"\n")


def _limit_exceeded(request: dict[str, Any], seconds: float, mb: float) -> str:
    if seconds > request["seconds"]:
        return f"{SLOW} {seconds:.0f} s of CPU time"
    return f"it takes {mb:.0f} MB of memory" if mb > request["mb"] else ""


def _difference(before: dict[str, Any], after: dict[str, Any]) -> str:
    return next((what for what in before if after[what] != before[what]), "")


def _state() -> dict[str, Any]:
    """What an import must leave as it is, by the sentence that says that it did not."""
    return {what: read() for what, read in _STATES.items()}


def _surviving_threads() -> int:
    """Native threads, such as those of OpenBLAS, are harmless if the library ends them before a fork, and starts them
    again when they are needed: they are gone after a fork here."""
    if _count_threads() > len(threading.enumerate()):
        if not (child := os.fork()):
            os._exit(0)
        os.waitpid(child, 0)
    return _count_threads()


def _count_threads() -> int:
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def _children() -> list[str]:
    return sorted(Path("/proc/self/task").joinpath(str(os.getpid()), "children").read_text().split())


def _open_files() -> list[str]:
    found = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(link.readlink()))
        except FileNotFoundError:  # the one that lists the folder
            continue
    return sorted(found)


def _signals() -> list[int]:
    """The masks of the signals that the process blocks, ignores and catches, also those set by native code. Signals 32
    and 33 are glibc's own: it catches them as soon as there is a thread."""
    status = Path("/proc/self/status").read_text().splitlines()
    masks = [line.split() for line in status if line.startswith(("SigBlk", "SigIgn", "SigCgt"))]
    return [int(mask, 16) & ~(3 << 31) for _, mask in masks]


_STATES: dict[str, Callable[[], Any]] = {
    "its import starts threads": _surviving_threads,
    "its import starts processes": _children,
    "its import leaves files or sockets open": _open_files,
    "its import changes signal handlers": _signals,
    "its import changes how processes are started": lambda: multiprocessing.get_start_method(allow_none=True),
    "its import changes the log handlers": lambda: [str(handler) for handler in logging.root.handlers],
    "its import changes the time limit of sockets": socket.getdefaulttimeout,
    "its import changes the working directory": os.getcwd,
    "its import changes the module search path": lambda: list(sys.path),
}


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _memory_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_MB


if __name__ == "__main__":
    main()
