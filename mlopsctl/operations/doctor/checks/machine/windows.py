"""Windows Subsystem for Linux."""

import os
import re
from collections.abc import Iterator

from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Verdict
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.checks.machine.system_files import is_wsl, kernel_release
from mlopsctl.operations.doctor.context import DoctorContext

WSL_1 = (4, 19)  # below: it has no kernel of its own, and reports 4.4
OLD_KERNEL = (5, 10)


def check_wsl(context: DoctorContext) -> Iterator[Finding]:
    if not is_wsl(context.machine):
        return
    release = kernel_release(context.machine)
    version = tuple(int(number) for number in re.findall(r"\d+", release)[:2])
    if version < WSL_1:
        name = os.environ.get("WSL_DISTRO_NAME", "DISTRIBUTION")
        hint = Hint(line=f"wsl.exe --set-version {name} 2")
        yield Finding(f"this is WSL 1 ({release}), on which the databases do not run.", hint)
    elif version < OLD_KERNEL:
        yield Finding(f"the kernel of WSL is old ({release}).", Hint(line="wsl.exe --update"), Verdict.WARNING)
    folders = os.environ.get("PATH", "").split(os.pathsep)
    before = folders[: folders.index("/usr/bin")] if "/usr/bin" in folders else folders
    if windows := next(filter(is_windows_path, before), ""):
        yield Finding(
            f"PATH has {windows} before /usr/bin, so that Windows programs are used instead of those of Linux.",
            Hint(line='export PATH="/usr/local/bin:/usr/bin:/bin:$PATH"'),
        )


def is_windows_path(path: str) -> bool:
    return bool(re.match(r"/mnt/[a-z](/|$)", path))


CHECKS = (
    Check(
        "wsl", Group.MACHINE, "On WSL, old kernels and Windows programs cause failures that are hard to recognize.",
        check_wsl,
    ),
)  # fmt: skip
