"""The machine: what only the system can give, before and below any platform."""

import os
import re
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from mlopsctl.adapters import process
from mlopsctl.adapters.constraints import BUNDLED
from mlopsctl.core.hint import Hint
from mlopsctl.operations.doctor.check import Check, Finding
from mlopsctl.operations.doctor.context import Place
from mlopsctl.operations.setup.request import Request
from mlopsctl.operations.setup.system_check import missing_packages
from mlopsctl.operations.setup.system_requirements import FREE_BYTES, existing_parent, too_full

SCARCE_BYTES = 5 * 10**8  # so little that the databases may stop
FILES = 10_000  # the venv alone has more
MEMORY = 2 * 10**9  # both databases, four components and 32 idle workers
OPEN_FILES = 1024  # supervisord refuses to start with less (its `minfds`)
SKEW = 60.0  # seconds
OLD_KERNEL = (5, 10)  # of WSL 2
LATEST_PYTHON = (3, 13)  # the newest with a constraint file of its own


def packages(place: Place) -> Iterator[Finding]:
    missing = missing_packages(Request(place.wishes))
    missing += [] if process.find_program("setpriv") else ["util-linux"]
    if missing:
        yield Finding(
            f"the system lacks {', '.join(missing)}.",
            f"sudo apt-get install -y --no-install-recommends {' '.join(missing)}",
        )


def python(place: Place) -> Iterator[Finding]:
    platform = place.wishes
    settings = platform.settings
    if platform.venv.record() and not settings.python:
        return  # it has been found, and whether it still runs is told by the venv
    _, version = platform.venv.find_python(settings.python)  # raises where it does not do
    known = (BUNDLED / f"constraints-{settings.airflow_version}-{version}.txt").exists()
    cached = any(place.home.cache.glob(f"constraints-{settings.airflow_version}-{version}.*"))
    if settings.constraints == "auto" and not known and not cached:
        yield Finding(
            f"there is no bundled constraint file for Airflow {settings.airflow_version} on Python {version}; "
            "setup needs the network to compute one.",
            Hint.of("setup", "--python", ".".join(map(str, LATEST_PYTHON))),
            "warning",
        )


def disk(place: Place) -> Iterator[Finding]:
    folder = existing_parent(place.home.root)
    if said := too_full(folder, SCARCE_BYTES if place.wishes.venv.record() else FREE_BYTES):
        yield Finding(said, f"du -xh --max-depth=2 '{folder}' | sort -h | tail   # then make room")
    stat = os.statvfs(folder)
    if stat.f_files and stat.f_favail < FILES:  # a file system that makes them as needed tells 0
        yield Finding(
            f"the disk of {folder} has room for {stat.f_favail} more files only.",
            f"du -x --inodes --max-depth=2 '{folder}' | sort -n | tail   # then make room",
        )


def memory(place: Place) -> Iterator[Finding]:
    import psutil

    limits = {
        "the machine": psutil.virtual_memory().total,
        "the control group": _group_limit(place.machine),
        "a process (ulimit -v)": resource.getrlimit(resource.RLIMIT_AS)[0],
    }
    for who, limit in limits.items():
        if limit != resource.RLIM_INFINITY and limit < MEMORY:
            remedy = "ulimit -v unlimited" if "ulimit" in who else "free -h   # then give the machine more memory"
            yield Finding(
                f"{who} has {limit / 1e9:.1f} GB of memory, and a platform needs {MEMORY / 1e9:g} GB.", remedy
            )


def _group_limit(machine: Path) -> int:
    """Bytes that this process's control group may use, the smallest on its way up; RLIM_INFINITY: as many as it likes.

    cgroups(7): version 2 has one line `0::PATH`, version 1 one for each controller.
    """
    found = []
    for line in _text(machine / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            top = machine / "sys/fs/cgroup" / controllers
            name = "memory.limit_in_bytes" if controllers else "memory.max"
            for folder in (top / path.lstrip("/"), *(top / path.lstrip("/")).parents):
                if folder == top or top in folder.parents:
                    found.append(_text(folder / name).strip())
    return min((int(word) for word in found if word.isdigit()), default=resource.RLIM_INFINITY)


def open_files(_place: Place) -> Iterator[Finding]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < OPEN_FILES:
        yield Finding(
            f"a process may hold {hard} files open at most, and supervisord needs {OPEN_FILES}.",
            f"sudo prlimit --pid $$ --nofile={OPEN_FILES * 64}:{OPEN_FILES * 64}",
        )


def clock(place: Place) -> Iterator[Finding]:
    now, wsl = time.time(), _is_wsl(place.machine)
    remedy = "sudo hwclock -s" if wsl else "sudo timedatectl set-ntp true"
    hardware = _text(place.machine / "sys/class/rtc/rtc0/since_epoch").strip()
    if wsl and hardware.isdigit() and abs(int(hardware) - now) > SKEW:
        yield Finding(
            f"the clock of WSL is {abs(int(hardware) - now):.0f} s off the machine's, as after a sleep.", remedy
        )
        return
    home = place.home
    files = (Path(__file__), home.config, home.airflow_cfg, home.lock, *home.logs.glob("*.log"))
    ahead = {path: path.stat().st_mtime - now for path in files if path.exists()}
    if ahead and max(ahead.values()) > SKEW:
        path = max(ahead, key=lambda p: ahead[p])
        yield Finding(
            f"{path} was written {ahead[path]:.0f} s from now: the clock is behind, or was ahead.",
            f"{remedy}   # then, where the clock is right: touch '{path}'",
        )


def time_zone(_place: Place) -> Iterator[Finding]:
    named = os.environ.get("TZ", "").removeprefix(":")
    try:
        known = not named or bool(re.match(r"[A-Za-z<]\S*\d", named)) or bool(ZoneInfo(named))
    except (KeyError, ValueError, OSError):
        known = Path(named).is_absolute() and Path(named).exists()
    if not known:
        yield Finding(f"the variable TZ names no time zone: {named!r}; programs take UTC for it.", "unset TZ")
    local = Path("/etc/localtime")
    if local.is_symlink() and not local.exists():
        yield Finding(
            f"/etc/localtime leads to {local.readlink()}, which does not exist; programs take UTC for it.",
            "sudo apt-get install -y tzdata",
        )


def wsl(place: Place) -> Iterator[Finding]:
    if not _is_wsl(place.machine):
        return
    release = _text(place.machine / "proc/sys/kernel/osrelease").strip()
    number = tuple(int(n) for n in re.findall(r"\d+", release)[:2])
    if number < (4, 19):  # 4.4 is what WSL 1 says, which has no kernel of its own
        name = os.environ.get("WSL_DISTRO_NAME", "DISTRIBUTION")
        yield Finding(f"this is WSL 1 ({release}), which no database runs on.", f"wsl.exe --set-version {name} 2")
    elif number < OLD_KERNEL:
        yield Finding(f"the kernel of WSL is old ({release}).", "wsl.exe --update", "warning")
    folders = os.environ.get("PATH", "").split(os.pathsep)
    windows = [n for n, folder in enumerate(folders) if _is_windows(folder)]
    system = folders.index("/usr/bin") if "/usr/bin" in folders else len(folders)
    if windows and windows[0] < system:
        yield Finding(
            f"PATH has {folders[windows[0]]} before /usr/bin, so Windows' programs are taken for Linux's.",
            'export PATH="/usr/local/bin:/usr/bin:/bin:$PATH"',
        )


def _is_wsl(machine: Path) -> bool:
    return "microsoft" in _text(machine / "proc/sys/kernel/osrelease").lower()


def _is_windows(path: str) -> bool:
    return bool(re.match(r"/mnt/[a-z](/|$)", path))


# What has neither Unix rights nor sockets, or only for show; drvfs and 9p are Windows' disks under WSL.
_FOREIGN = ("vfat", "exfat", "ntfs", "ntfs3", "fuseblk", "9p", "drvfs", "cifs", "smb3", "vboxsf", "prl_fs")


def file_system(place: Place) -> Iterator[Finding]:
    folder = existing_parent(place.home.root)
    kind = _kind_of(folder, place.machine)
    flags = os.statvfs(folder).f_flag
    elsewhere = "mlopsctl --home ~/ml setup"
    if kind in _FOREIGN or _is_windows(str(place.home.root)):
        yield Finding(f"{folder} is on a disk of kind {kind}, which keeps no Unix rights and no sockets.", elsewhere)
    if flags & os.ST_RDONLY:
        yield Finding(
            f"the disk of {folder} can only be read.", f"sudo mount -o remount,rw \"$(stat -c %m '{folder}')\""
        )
    if flags & os.ST_NOEXEC:
        yield Finding(f"no program can be run from the disk of {folder} (it is mounted noexec).", elsewhere)


def _kind_of(folder: Path, machine: Path) -> str:
    """The kind of the file system: that of the innermost mount (proc_pid_mountinfo(5))."""
    kinds: dict[str, str] = {}
    for line in _text(machine / "proc/self/mountinfo").splitlines():
        words, _, rest = line.partition(" - ")
        kinds[words.split()[4]] = rest.split()[0]
    return next((kinds[str(p)] for p in (folder, *folder.parents) if str(p) in kinds), "")


def _text(path: Path) -> str:
    """Empty where there is no such file: the system does not have what it would tell."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


CHECKS = (
    Check("packages", "machine", "Databases and compilers come from the system; setup cannot bring them.", packages),
    Check("python", "machine", "Airflow runs by this Python, and each release knows some only.", python),
    Check("disk", "machine", "A full disk stops both databases in the middle of their work.", disk),
    Check("memory", "machine", "Where it runs out, the system kills services without a word.", memory),
    Check("open-files", "machine", "supervisord refuses to start with fewer open files.", open_files),
    Check("clock", "machine", "Schedules, heartbeats and logins go by the clock.", clock),
    Check("time-zone", "machine", "A day begins at another hour in a zone that is taken for UTC.", time_zone),
    Check("wsl", "machine", "Under Windows old kernels and foreign programs fail in ways that name neither.", wsl),
    Check("file-system", "machine", "The home needs Unix rights, sockets and programs that can be run.", file_system),
)
