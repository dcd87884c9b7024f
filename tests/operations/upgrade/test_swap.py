"""Which venv stands where at each moment at which an upgrade can be broken off."""

import shutil
from pathlib import Path

import pytest

from mlopsctl.core.paths import Home
from mlopsctl.operations.upgrade import swap
from tests.operations.upgrade.venvs import upgrade, venv, versions


def test_there_and_back(tmp_path: Path) -> None:
    this = upgrade(tmp_path)
    venv(tmp_path / "venv", "3.3.1")
    venv(tmp_path / "venv.next", "3.3.2")
    assert swap.there(this) == "Airflow 3.3.2 is in the place of 3.3.1"
    assert versions(tmp_path) == {"venv": "3.3.2", "venv.before": "3.3.1"}
    assert this.begun and this.before == "3.3.1"
    assert swap.there(this) == "Airflow 3.3.2 is in the place of 3.3.1", "again it changes nothing"
    assert swap.back(this) == "Airflow 3.3.1 is in its place again, the other one beside it"
    assert versions(tmp_path) == {"venv": "3.3.1", "venv.next": "3.3.2"}, "where the cause is mended, it is used"


@pytest.mark.parametrize("way", ["on", "back"])
def test_between_the_two_renamings_it_goes_on_or_back(tmp_path: Path, way: str) -> None:
    this = upgrade(tmp_path)
    venv(tmp_path / "venv.before", "3.3.1")
    venv(tmp_path / "venv.next", "3.3.2")
    if way == "on":
        swap.there(this)
        assert versions(tmp_path) == {"venv": "3.3.2", "venv.before": "3.3.1"}
    else:
        swap.back(this)
        assert versions(tmp_path) == {"venv": "3.3.1", "venv.next": "3.3.2"}


def test_what_is_half_removed_is_not_taken_for_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv(tmp_path / "venv.next", "3.3.2")
    monkeypatch.setattr(shutil, "rmtree", lambda path: None)  # killed
    swap.remove(tmp_path / "venv.next", Home(tmp_path))
    assert versions(tmp_path) == {"venv.next": ""}
