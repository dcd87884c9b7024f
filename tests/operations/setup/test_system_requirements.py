"""What setup and the doctor both look at."""

import os
from pathlib import Path

import pytest

from mlopsctl.core.paths import Home
from mlopsctl.operations.setup import system_requirements


def test_a_disk_has_room_or_a_sentence_says_what_is_missing(tmp_path: Path) -> None:
    assert system_requirements.too_full(tmp_path, 0) == ""
    said = system_requirements.too_full(tmp_path, 1e18)
    assert said.startswith(f"the disk of {tmp_path} has ") and said.endswith(" GB free, and 1e+09 GB are needed.")


def test_the_longest_path_of_a_socket_is_the_systems(tmp_path: Path) -> None:
    rest = len("/run/postgres/.s.PGSQL.5432")
    assert system_requirements.too_long(Home(Path("/" + "x" * (106 - rest)))) == ""
    said = "the path of the home is too long: its sockets have 108 bytes, and the system takes 107."
    assert system_requirements.too_long(Home(Path("/" + "x" * (107 - rest)))) == said
    assert system_requirements.too_long(Home(Path("/" + "가" * 30))).startswith("the path of the home is too long"), (
        "bytes count"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look as another account")
def test_the_first_folder_that_is_closed_is_named(tmp_path: Path) -> None:
    inner = tmp_path / "closed" / "open"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)
    for folder in inner.parent.parents:
        if folder != Path("/") and folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o011)
    assert system_requirements.closed("daemon", inner) == inner.parent
    assert system_requirements.closed("daemon", tmp_path) is None
    inner.parent.chmod(0o711)
    inner.chmod(0o700)
    assert system_requirements.closed("daemon", inner) == inner
