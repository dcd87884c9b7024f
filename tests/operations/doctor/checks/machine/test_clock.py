import os
import time
from pathlib import Path

import pytest

from tests.operations.doctor.checks.machine.conftest import Machine
from tests.operations.doctor.contexts import is_ok, make_home, outcome


def test_file_from_the_future_shows_that_the_clock_is_slow(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    assert is_ok("clock", home)
    os.utime(home / "config.toml", (time.time() + 7200,) * 2)
    verdict, message = outcome("clock", home)
    assert verdict == "error" and message.startswith(f"{home}/config.toml ")


def test_clock_of_wsl_is_compared_with_the_hardware_clock(tmp_path: Path, wsl: Machine) -> None:
    clock = "sys/class/rtc/rtc0/since_epoch"
    wsl.write(clock, f"{int(time.time())}\n")
    assert is_ok("clock", tmp_path, wsl.root)
    wsl.write(clock, f"{int(time.time()) + 5000}\n")
    assert outcome("clock", tmp_path, wsl.root)[0] == "error"


@pytest.mark.parametrize("zone", ["Asia/Seoul", "KST-9", ":UTC", "", "/etc/hostname"])
def test_valid_time_zones(zone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    assert is_ok("time-zone", tmp_path)


def test_invalid_time_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Mars/Olympus")
    verdict, message = outcome("time-zone", tmp_path)
    assert verdict == "error" and "'Mars/Olympus'" in message
