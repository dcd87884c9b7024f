"""The file system of the home, and the folders above it."""

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from mlopsctl.adapters import process
from mlopsctl.core.hint import Hint
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.checks.machine.system_files import read_text
from mlopsctl.operations.doctor.checks.machine.windows import is_windows_path
from mlopsctl.operations.doctor.context import DoctorContext
from mlopsctl.operations.setup.system_requirements import existing_parent, first_closed_folder, socket_path_problem

# File systems without Unix permissions and sockets; drvfs and 9p are the disks of Windows under WSL.
_FOREIGN = ("vfat", "exfat", "ntfs", "ntfs3", "fuseblk", "9p", "drvfs", "cifs", "smb3", "vboxsf", "prl_fs")
_ELSEWHERE = Hint.of("--home", "DIR", "setup", note="DIR: on a local Linux file system")


def check_file_system(context: DoctorContext) -> Iterator[Finding]:
    folder = existing_parent(context.home.root)
    kind = _kind_of(folder, context.machine)
    flags = os.statvfs(folder).f_flag
    if kind in _FOREIGN or is_windows_path(str(context.home.root)):
        message = f"{folder} is on a file system of type {kind}, which has no Unix permissions and no sockets."
        yield Finding(message, _ELSEWHERE)
    if flags & os.ST_RDONLY:
        mount = f'"$(stat -c %m {shlex.quote(str(folder))})"'
        message = f"the file system of {folder} is mounted read-only."
        yield Finding(message, Hint(line=f"sudo mount -o remount,rw {mount}"))
    if flags & os.ST_NOEXEC:
        yield Finding(f"no program can run from the file system of {folder}: it is mounted noexec.", _ELSEWHERE)


def _kind_of(folder: Path, machine: Path) -> str:
    """The type of the file system: that of the innermost mount (proc_pid_mountinfo(5))."""
    kinds: dict[str, str] = {}
    for line in read_text(machine / "proc/self/mountinfo").splitlines():
        mount, _, source = line.partition(" - ")
        kinds[mount.split()[4]] = source.split()[0]
    return next((kinds[str(path)] for path in (folder, *folder.parents) if str(path) in kinds), "")


def check_parents(context: DoctorContext) -> Iterator[Finding]:
    platform, settings, home = context.desired, context.desired.settings, context.home
    accounts = [None if settings.external_metadata_db or settings.head else platform.postgres.account]
    accounts += [None if settings.external_feature_store or settings.head else platform.mariadb.account]
    accounts += [platform.redis.account if settings.has_workers and not settings.head else None]
    deepest = existing_parent(home.run)
    for account in sorted({name for name in accounts if name and process.account_exists(name)}):
        if folder := first_closed_folder(account, deepest):
            inside = folder == home.root or home.root in folder.parents
            yield Finding(
                f"the account {account} cannot enter {folder}, {'part' if inside else 'a parent'} of the home.",
                Hint(line=f"chmod o+x {shlex.quote(str(folder))}"),
                details=folder,
                fixable=inside,
            )


def open_to_accounts(_context: DoctorContext, finding: Finding) -> Iterator[str]:
    folder: Path = finding.details
    folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)
    yield f"chmod o+x {folder}"


def check_socket_path(context: DoctorContext) -> Iterator[Finding]:
    if message := socket_path_problem(context.home):
        yield Finding(message, Hint.of("--home", "DIR", "setup", note="DIR: a shorter path"))


CHECKS = (
    Check(
        "file-system", Group.MACHINE, "The home needs Unix permissions, sockets, and programs that can run.",
        check_file_system,
    ),
    Check(
        "parents", Group.MACHINE, "The databases run under their own accounts, which must be able to enter the home.",
        check_parents, open_to_accounts,
    ),
    Check("socket-path", Group.MACHINE, "Databases and supervisord use sockets in the home.", check_socket_path),
)  # fmt: skip
