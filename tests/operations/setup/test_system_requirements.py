"""Requirements that both setup and doctor check."""

import os
from pathlib import Path

import pytest

from mlopsctl.core.paths import Home
from mlopsctl.operations.setup.system_requirements import (
    disk_space_problem,
    first_closed_folder,
    socket_path_problem,
)


def test_disk_space(tmp_path: Path) -> None:
    assert disk_space_problem(tmp_path, 0) == ""
    assert str(tmp_path) in disk_space_problem(tmp_path, 1e18)


def test_the_length_of_socket_paths(tmp_path: Path) -> None:
    rest = len("/run/postgres/.s.PGSQL.5432")
    assert socket_path_problem(Home(Path("/" + "x" * (106 - rest)))) == ""
    assert "108 bytes" in socket_path_problem(Home(Path("/" + "x" * (107 - rest))))
    assert socket_path_problem(Home(Path("/" + "가" * 30))), "bytes count, not characters"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a program as another account")
def test_the_first_closed_folder(tmp_path: Path) -> None:
    inner = tmp_path / "closed" / "open"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)
    for folder in inner.parent.parents:
        if folder != Path("/") and folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o011)
    assert first_closed_folder("daemon", inner) == inner.parent
    assert first_closed_folder("daemon", tmp_path) is None
    inner.parent.chmod(0o711)
    inner.chmod(0o700)
    assert first_closed_folder("daemon", inner) == inner
