"""The clock and the time zone."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from mlopsctl.core.hint import Hint
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.checks.machine.system_files import is_wsl, read_text
from mlopsctl.operations.doctor.context import DoctorContext

SKEW = 60.0  # seconds that clocks may differ


def check_clock(context: DoctorContext) -> Iterator[Finding]:
    """By the hardware clock under WSL, else by files that were written in the future."""
    now, wsl = time.time(), is_wsl(context.machine)
    set_clock = "sudo hwclock -s" if wsl else "sudo timedatectl set-ntp true"
    hardware = read_text(context.machine / "sys/class/rtc/rtc0/since_epoch").strip()
    if wsl and hardware.isdigit() and abs(int(hardware) - now) > SKEW:
        difference = abs(int(hardware) - now)
        message = f"the clock of WSL differs from the hardware clock by {difference:.0f} s, as it does after a sleep."
        yield Finding(message, Hint(line=set_clock))
        return
    home = context.home
    files = (Path(__file__), home.config, home.airflow_cfg, home.lock, *home.logs.glob("*.log"))
    ahead = {path: path.stat().st_mtime - now for path in files if path.exists()}
    if ahead and max(ahead.values()) > SKEW:
        path = max(ahead, key=lambda p: ahead[p])
        yield Finding(
            f"{path} was modified {ahead[path]:.0f} s in the future: the clock is slow, or was fast.",
            Hint(line=set_clock, note="if the clock is right, touch the file instead"),
        )


def check_time_zone(_context: DoctorContext) -> Iterator[Finding]:
    name = os.environ.get("TZ", "").removeprefix(":")
    if not _is_time_zone(name):
        message = f"the environment variable TZ is not a time zone: {name!r}; programs use UTC instead."
        yield Finding(message, Hint(line="unset TZ"))
    local = Path("/etc/localtime")
    if local.is_symlink() and not local.exists():
        yield Finding(
            f"/etc/localtime links to {local.readlink()}, which does not exist; programs use UTC instead.",
            Hint(line="sudo apt-get install -y tzdata"),
        )


def _is_time_zone(name: str) -> bool:
    """As tzset(3) reads it: a rule such as KST-9, a name such as Asia/Seoul, or an absolute path."""
    try:
        return not name or bool(re.match(r"[A-Za-z<]\S*\d", name)) or bool(ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return Path(name).is_absolute() and Path(name).exists()


CHECKS = (
    Check("clock", Group.MACHINE, "Schedules, heartbeats and logins depend on the clock.", check_clock),
    Check("time-zone", Group.MACHINE, "With the wrong time zone, days start at the wrong hour.", check_time_zone),
)
