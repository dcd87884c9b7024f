"""CPU time and memory of all processes of a home."""

import re
from collections.abc import Iterable
from pathlib import Path

import psutil

from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.paths import Home


def cpu_seconds(home: Home, service: str = "") -> float:
    """Of all services, or of one, with the processes that they have started and that have ended."""
    if not service:
        return _cpu(Supervisor(home).processes())
    pid = Supervisor(home).states()[service].pid
    if not pid:
        raise ValueError(f"{service} does not run")
    process = psutil.Process(pid)
    return _cpu([process, *process.children(recursive=True)])


def _cpu(processes: Iterable[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        try:
            total += sum(process.cpu_times()[:4])  # user, system, and of ended children both
        except psutil.NoSuchProcess:  # its parent has counted it by now, or will at the next measurement
            continue
    return total


def pss(home: Home) -> float:
    """The memory of all services in MiB."""
    return memory(Supervisor(home).processes())


def memory(processes: Iterable[psutil.Process]) -> float:
    """Of these processes in MiB. Each counts for its part of what it shares with others."""
    kib = 0
    for process in processes:
        try:
            text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):  # it has ended
            continue
        kib += int(re.findall(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)[0])
    return kib / 1024
