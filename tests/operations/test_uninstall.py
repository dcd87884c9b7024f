"""What goes and what stays. That what stays is enough is shown by tests/live/test_setup.py."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.operations import uninstall
from mlopsctl.operations.platform import Platform
from tests.operations.upgrade.venvs import venv


def platform(home: Path) -> Platform:
    return cast(Platform, SimpleNamespace(home=Home(home)))


def removed(home: Path, *, purge: bool) -> list[str]:
    return [step.name for step in uninstall.plan(platform(home), purge).steps]


def test_without_purge_stays_what_cannot_be_made_again(tmp_path: Path) -> None:
    for name in (*uninstall.MADE[:-1], "mine"):
        if name != "venv.before":  # an upgrade that is not over
            (tmp_path / name).mkdir()
    (tmp_path / "config.toml").touch()
    assert removed(tmp_path, purge=False) == ["services", "venv", "venv.next", "cache", "logs", "run"]
    assert set(removed(tmp_path, purge=True)) == {"services", *uninstall.MADE} - {"venv.before"}


def test_metadata_half_migrated_are_not_left_without_the_record_of_it(tmp_path: Path) -> None:
    venv(tmp_path / "venv.before", "3.3.1")
    venv(tmp_path / "venv.next", "3.3.2")
    with pytest.raises(MlopsctlError) as caught:
        removed(tmp_path, purge=False)
    assert (caught.value.code, caught.value.message) == (
        "half-upgraded", "an upgrade to Airflow 3.3.2 was broken off, and is to be finished first.",
    )  # fmt: skip
    assert caught.value.hint.text() == (
        "mlopsctl upgrade --airflow-version 3.3.2   # or back: mlopsctl upgrade --airflow-version 3.3.1"
    )
    assert removed(tmp_path, purge=True) == ["services", "venv.next", "venv.before"]
