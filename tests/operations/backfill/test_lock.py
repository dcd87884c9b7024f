"""The lock of a backfill is checked without changing anything."""

from pathlib import Path

import pytest

from mlopsctl.adapters.files import locked
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.operations.backfill.lock import check_idle, lock_file


def test_check_idle_names_the_running_backfill_and_changes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with locked(lock_file(home, "other"), "backfill other"):
        pass
    with locked(lock_file(home, "d"), "backfill d"), pytest.raises(MlopsctlError, match="mlopsctl backfill d "):
        check_idle(home)
    before = {path: path.read_text(encoding="utf-8") for path in home.run.iterdir()}
    check_idle(home)
    assert {path: path.read_text(encoding="utf-8") for path in home.run.iterdir()} == before


def test_check_idle_creates_nothing(tmp_path: Path) -> None:
    check_idle(Home(tmp_path / "home"))
    assert not (tmp_path / "home").exists()
