"""Faults of the machine, caused on the machine: by limits, by mounts, by variables."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.operations.doctor import machine
from tests.conftest import TERMINAL
from tests.operations.doctor.contexts import look, place, set_up

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount, and has accounts of its own for databases")


def doctor(
    home: Path, check: str, *before: str, env: Mapping[str, str] | None = None, code: int = 1
) -> list[dict[str, Any]]:
    """What `mlopsctl doctor --only CHECK` finds. `before`: the program that calls it."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "mlopsctl", "--home", str(home), "doctor", "--only", check, "--json"],
        env={**os.environ, **TERMINAL, **(env or {})},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["data"]["checks"]
    return found


def test_packages_that_are_not_there(tmp_path: Path) -> None:
    (found,) = doctor(tmp_path / "home", "packages", env={"PATH": str(Path(sys.executable).parent)})
    words = found["hint"].removeprefix("sudo apt-get install -y --no-install-recommends ").split()
    assert found["message"] == f"the system lacks {', '.join(words)}."
    assert {"mariadb-server", "gcc", "pkg-config", "libmariadb-dev", "util-linux"} <= set(words)


def test_a_python_that_is_not_there(tmp_path: Path) -> None:
    home = set_up(tmp_path, 'python = "/nowhere/python3"\n')
    assert look("python", home) == [("error", "there is no Python /nowhere/python3.")]
    assert look("python", set_up(tmp_path)) == [("ok", "")]


def test_a_release_without_a_constraint_file(tmp_path: Path) -> None:
    ((verdict, message),) = look("python", set_up(tmp_path, 'airflow_version = "3.0.1"\n'))
    assert verdict == "warning"
    assert message.startswith("there is no bundled constraint file for Airflow 3.0.1 on Python 3.")


def test_little_memory(tmp_path: Path) -> None:
    (found,) = doctor(tmp_path, "memory", "prlimit", "--as=1500000000")
    assert found["message"] == "a process (ulimit -v) has 1.5 GB of memory, and a platform needs 2 GB."
    assert found["hint"] == "ulimit -v unlimited"
    assert look("memory", tmp_path) == [("ok", "")]


@pytest.mark.parametrize(
    ("line", "folder", "file"),
    [
        ("0::/box/here", "box", "memory.max"),
        ("4:memory:/box/here", "memory/box", "memory.limit_in_bytes"),
    ],
)
def test_a_control_group_with_little_memory(line: str, folder: str, file: str, tmp_path: Path) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(f"{line}\n", encoding="ascii")
    (tmp_path / "sys/fs/cgroup" / folder / "here").mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup" / folder / "here" / file).write_text("max\n", encoding="ascii")
    assert look("memory", tmp_path, tmp_path) == [("ok", "")]
    (tmp_path / "sys/fs/cgroup" / folder / file).write_text("512000000\n", encoding="ascii")
    said = "the control group has 0.5 GB of memory, and a platform needs 2 GB."
    assert look("memory", tmp_path, tmp_path) == [("error", said)]


def test_too_few_open_files(tmp_path: Path) -> None:
    (found,) = doctor(tmp_path, "open-files", "prlimit", "--nofile=512:512")
    assert found["message"] == "a process may hold 512 files open at most, and supervisord needs 1024."
    assert look("open-files", tmp_path) == [("ok", "")]


def test_a_clock_that_was_set_back(tmp_path: Path) -> None:
    home = set_up(tmp_path)
    assert look("clock", home) == [("ok", "")]
    os.utime(home / "config.toml", (time.time() + 7200,) * 2)
    ((verdict, message),) = look("clock", home)
    assert verdict == "error" and message.endswith("s from now: the clock is behind, or was ahead.")


def test_a_zone_that_is_none(tmp_path: Path) -> None:
    (found,) = doctor(tmp_path, "time-zone", env={"TZ": "Mars/Olympus"})
    assert found["message"] == "the variable TZ names no time zone: 'Mars/Olympus'; programs take UTC for it."
    for zone in ("Asia/Seoul", "KST-9", ":UTC", ""):
        assert doctor(tmp_path, "time-zone", env={"TZ": zone}, code=0)[0]["verdict"] == "ok"


def windows(root: Path, release: str) -> Path:
    """The files by which a Linux under Windows is known."""
    (root / "proc/sys/kernel").mkdir(parents=True)
    (root / "proc/sys/kernel/osrelease").write_text(f"{release}\n", encoding="ascii")
    return root


def test_wsl_without_a_kernel_of_its_own_or_an_old_one(tmp_path: Path) -> None:
    first = windows(tmp_path / "1", "4.4.0-19041-Microsoft")
    assert look("wsl", tmp_path, first) == [
        ("error", "this is WSL 1 (4.4.0-19041-Microsoft), which no database runs on.")
    ]
    old = windows(tmp_path / "2", "4.19.128-microsoft-standard")
    assert look("wsl", tmp_path, old) == [("warning", "the kernel of WSL is old (4.19.128-microsoft-standard).")]
    new = windows(tmp_path / "3", "5.15.167.4-microsoft-standard-WSL2")
    assert look("wsl", tmp_path, new) == [("ok", "")]


def test_windows_programs_before_linux_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = windows(tmp_path, "5.15.167.4-microsoft-standard-WSL2")
    monkeypatch.setenv("PATH", "/mnt/c/Python:/usr/bin:/bin")
    ((verdict, message),) = look("wsl", tmp_path, machine)
    assert verdict == "error" and message.startswith("PATH has /mnt/c/Python before /usr/bin")
    monkeypatch.setenv("PATH", "/usr/bin:/bin:/mnt/c/Python")
    assert look("wsl", tmp_path, machine) == [("ok", "")]


def test_the_clock_of_wsl_after_a_sleep(tmp_path: Path) -> None:
    machine = windows(tmp_path, "5.15.167.4-microsoft-standard-WSL2")
    clock = machine / "sys/class/rtc/rtc0/since_epoch"
    clock.parent.mkdir(parents=True)
    clock.write_text(f"{int(time.time())}\n", encoding="ascii")
    assert look("clock", tmp_path, machine) == [("ok", "")]
    clock.write_text(f"{int(time.time()) + 5000}\n", encoding="ascii")
    ((verdict, message),) = look("clock", tmp_path, machine)
    assert verdict == "error" and message.endswith("s off the machine's, as after a sleep.")


@pytest.fixture
def mounted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A small disk, with the options of the parameter."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", request.param, "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@ROOT
@pytest.mark.parametrize("mounted", ["size=100m,nr_inodes=5000"], indirect=True)
def test_a_disk_with_no_room(mounted: Path) -> None:
    assert [verdict for verdict, _ in look("disk", mounted / "home")] == ["error", "error"]
    (room, _), (files, _) = ((message, verdict) for verdict, message in look("disk", mounted / "home"))
    assert room == f"the disk of {mounted} has 0.1 GB free, and 2 GB are needed."
    assert files == f"the disk of {mounted} has room for 4999 more files only."


@ROOT
@pytest.mark.parametrize("mounted", ["noexec"], indirect=True)
def test_a_disk_from_which_nothing_can_be_run(mounted: Path) -> None:
    said = f"no program can be run from the disk of {mounted} (it is mounted noexec)."
    assert look("file-system", mounted / "home") == [("error", said)]


@ROOT
@pytest.mark.parametrize("mounted", ["ro"], indirect=True)
def test_a_disk_that_can_only_be_read(mounted: Path) -> None:
    assert look("file-system", mounted / "home") == [("error", f"the disk of {mounted} can only be read.")]


def test_a_disk_of_windows(tmp_path: Path) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    mounts = f"36 35 98:0 / / rw - ext4 /dev/root rw\n37 36 0:44 / {tmp_path} rw - 9p drvfs rw\n"
    (tmp_path / "proc/self/mountinfo").write_text(mounts, encoding="utf-8")
    said = f"{tmp_path} is on a disk of kind 9p, which keeps no Unix rights and no sockets."
    assert look("file-system", tmp_path, tmp_path) == [("error", said)]


def test_this_machine_is_well(tmp_path: Path) -> None:
    here = place(tmp_path / "home")
    assert [finding for check in machine.CHECKS for finding in check.look(here)] == []
