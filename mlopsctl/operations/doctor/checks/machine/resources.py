"""Disk, memory and open files."""

import os
import resource
import shlex
from collections.abc import Iterator

from mlopsctl.adapters.memory_limit import control_group_limit
from mlopsctl.core.hint import Hint
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import DoctorContext
from mlopsctl.operations.setup.system_requirements import FREE_BYTES, disk_space_problem, existing_parent

LOW_BYTES = 5 * 10**8  # below this, the databases of an installed platform may stop
FILES = 10_000  # the venv alone has more
MEMORY = 2 * 10**9  # bytes for both databases, four components and some tasks
HOST_MEMORY = 10**9  # bytes for the services of a worker host and some tasks
OPEN_FILES = 1024  # supervisord does not start with less (its `minfds`)


def check_disk(context: DoctorContext) -> Iterator[Finding]:
    folder = existing_parent(context.home.root)
    quoted, note = shlex.quote(str(folder)), "then free some space"
    if message := disk_space_problem(folder, LOW_BYTES if context.desired.venv.record() else FREE_BYTES):
        yield Finding(message, Hint(line=f"du -xh --max-depth=2 {quoted} | sort -h | tail", note=note))
    stat = os.statvfs(folder)
    if stat.f_files and stat.f_favail < FILES:  # 0 on a file system that has no fixed number of them
        yield Finding(
            f"the disk of {folder} has room for only {stat.f_favail} more files.",
            Hint(line=f"du -x --inodes --max-depth=2 {quoted} | sort -n | tail", note=note),
        )


def check_memory(context: DoctorContext) -> Iterator[Finding]:
    import psutil

    user, needed = ("a worker host", HOST_MEMORY) if context.desired.settings.head else ("a platform", MEMORY)
    more = Hint(line="free -h", note="then give the machine more memory")
    limits = (
        ("the machine", psutil.virtual_memory().total, more),
        ("the control group", control_group_limit(context.machine), more),
        ("a process (ulimit -v)", resource.getrlimit(resource.RLIMIT_AS)[0], Hint(line="ulimit -v unlimited")),
    )
    for owner, limit, hint in limits:
        if limit != resource.RLIM_INFINITY and limit < needed:
            message = f"{owner} has {limit / 1e9:.1f} GB of memory; {user} needs {needed / 1e9:g} GB."
            yield Finding(message, hint)


def check_open_files(_context: DoctorContext) -> Iterator[Finding]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < OPEN_FILES:
        more = OPEN_FILES * 64
        yield Finding(
            f"a process may open at most {hard} files; supervisord needs {OPEN_FILES}.",
            Hint(line=f"sudo prlimit --pid $$ --nofile={more}:{more}"),
        )


CHECKS = (
    Check("disk", Group.MACHINE, "Both databases stop if the disk is full.", check_disk),
    Check("memory", Group.MACHINE, "If memory runs out, the system kills services without a message.", check_memory),
    Check("open-files", Group.MACHINE, "supervisord does not start if it may open too few files.", check_open_files),
)
