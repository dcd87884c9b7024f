"""The home on disks that are full, read-only or foreign: real mounts if root may mount them."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operations.doctor.checks.machine.conftest import Machine
from tests.operations.doctor.contexts import findings, fix_first, is_ok, make_home, outcome, results

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount, or run databases under other accounts")


@pytest.fixture
def mounted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A small disk, mounted with the options in the parameter."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", request.param, "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@ROOT
@pytest.mark.parametrize("mounted", ["size=100m,nr_inodes=5000"], indirect=True)
def test_disk_without_space(mounted: Path) -> None:
    space, files = results("disk", mounted / "home")
    assert (space.verdict, files.verdict) == ("error", "error")
    assert "0.1 GB" in space.message and "4999 more files" in files.message


@ROOT
@pytest.mark.parametrize(("mounted", "flag"), [("noexec", "noexec"), ("ro", "read-only")], indirect=["mounted"])
def test_disk_on_which_nothing_can_be_run_or_written(mounted: Path, flag: str) -> None:
    verdict, message = outcome("file-system", mounted / "home")
    assert verdict == "error" and str(mounted) in message and flag in message


def test_disk_of_windows(tmp_path: Path, machine: Machine) -> None:
    machine.write(
        "proc/self/mountinfo",
        f"36 35 98:0 / / rw - ext4 /dev/root rw\n37 36 0:44 / {tmp_path} rw - 9p drvfs rw\n",
    )
    verdict, message = outcome("file-system", tmp_path, machine.root)
    assert verdict == "error" and "9p" in message


@ROOT
def test_parent_that_the_accounts_of_the_databases_cannot_enter(accessible: Path) -> None:
    closed = accessible / "closed"
    closed.mkdir(mode=0o700)
    found = findings("parents", closed / "home")
    assert [(finding.details, finding.fixable) for finding in found] == [(closed, False)] * 2
    assert ["mysql" in found[0].message, "postgres" in found[1].message] == [True, True]
    closed.chmod(0o711)
    assert is_ok("parents", closed / "home")


@ROOT
def test_home_that_the_accounts_of_the_databases_cannot_enter_is_opened(accessible: Path) -> None:
    home = make_home(accessible / "home")
    home.chmod(0o700)
    assert [finding.details for finding in findings("parents", home)] == [home] * 2
    fix_first("parents", home)
    assert is_ok("parents", home)


def test_path_that_is_too_long_for_sockets(tmp_path: Path) -> None:
    assert outcome("socket-path", tmp_path / ("x" * 100))[0] == "error"
    assert is_ok("socket-path", Path("/tmp/h"))
