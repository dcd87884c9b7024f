"""How much memory the processes of this machine, and of this control group, may use."""

import os
import resource
from pathlib import Path


def memory_limit() -> int:
    """In bytes: that of the machine, or of the control group of this process if that is lower, as in a container."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    group = control_group_limit(Path("/"))
    return machine if group == resource.RLIM_INFINITY else min(machine, group)


def control_group_limit(machine: Path) -> int:
    """The memory, in bytes, that the control group of this process may use: the lowest limit of the group and those
    above it, RLIM_INFINITY without any. `machine`: the root of the machine's own files.

    cgroups(7): version 2 has one line `0::PATH`, version 1 one for each controller.
    """
    limits = []
    for line in _read_text(machine / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            top = machine / "sys/fs/cgroup" / controllers
            name = "memory.limit_in_bytes" if controllers else "memory.max"
            group = top / path.lstrip("/")
            folders = [folder for folder in (group, *group.parents) if folder == top or top in folder.parents]
            limits += [_read_text(folder / name).strip() for folder in folders]
    return min((int(limit) for limit in limits if limit.isdigit()), default=resource.RLIM_INFINITY)


def _read_text(path: Path) -> str:
    """Empty if this system does not have the file."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
