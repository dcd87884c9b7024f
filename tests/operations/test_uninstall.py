"""What is removed and what stays. tests/live/test_setup.py shows that what stays is enough to set up again."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.core.result import Message
from mlopsctl.operations import uninstall
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers.registry import Registry
from tests.operations.upgrade.venvs import venv


def platform(home: Path) -> Platform:
    return cast(Platform, SimpleNamespace(home=Home(home)))


def removed(home: Path, *, purge: bool) -> list[str]:
    return [step.name for step in uninstall.plan(platform(home), purge).steps]


def test_data_and_settings_stay_without_purge(tmp_path: Path) -> None:
    for name in (*uninstall.CREATED[:-1], "my-folder"):
        if name != "venv.before":  # would be an interrupted upgrade
            (tmp_path / name).mkdir()
    (tmp_path / "config.toml").touch()
    assert removed(tmp_path, purge=False) == ["services", "venv", "venv.next", "cache", "logs", "run"]
    assert set(removed(tmp_path, purge=True)) == {"services", *uninstall.CREATED} - {"venv.before"}


def test_an_interrupted_upgrade_must_be_completed_first_without_purge(tmp_path: Path) -> None:
    venv(tmp_path / "venv.before", "3.3.1")
    venv(tmp_path / "venv.next", "3.3.2")
    with pytest.raises(MlopsctlError) as caught:
        removed(tmp_path, purge=False)
    assert caught.value.code == "half-upgraded"
    assert caught.value.hint.command == ("upgrade", "--airflow-version", "3.3.2")
    assert caught.value.hint.other == ("upgrade", "--airflow-version", "3.3.1")
    assert removed(tmp_path, purge=True) == ["services", "venv.next", "venv.before"]


def test_a_folder_that_is_not_a_home_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MlopsctlError) as caught:
        uninstall.check_is_home(Home(tmp_path))
    assert caught.value.code == "not-set-up"


def test_the_plan_of_a_head_names_its_workers(tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()
    Registry(Home(tmp_path)).add("w1")
    (note,) = uninstall.plan(platform(tmp_path), purge=True).notes
    assert isinstance(note, Message) and "w1" in note.text and note.hint.line == "mlopsctl uninstall --purge"
