import os
from pathlib import Path

import pytest


class Machine:
    """The root of the files by which a machine describes itself."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def set_kernel(self, release: str) -> None:
        self.write("proc/sys/kernel/osrelease", f"{release}\n")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


@pytest.fixture
def wsl(machine: Machine) -> Machine:
    machine.set_kernel("5.15.167.4-microsoft-standard-WSL2")
    return machine


@pytest.fixture
def accessible(tmp_path: Path) -> Path:
    """A folder that every account can enter."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    return tmp_path
