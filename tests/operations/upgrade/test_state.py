"""What is refused before an upgrade starts, and while one is in progress."""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters import python_finder
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ImportErrorReport
from mlopsctl.core.paths import Home
from mlopsctl.operations.upgrade.state import Upgrade, check_not_in_progress, with_upgrade
from mlopsctl.operations.upgrade.steps import plan
from tests.operations.upgrade.venvs import platform, upgrade, venv, versions


def refused(requested: Upgrade) -> MlopsctlError:
    with pytest.raises(MlopsctlError) as caught:
        plan(requested)
    return caught.value


@pytest.mark.parametrize(
    ("version", "settings", "code"),
    [
        ("1.10.15", {}, "unknown-version"),
        ("3.3", {}, "unknown-version"),
        ("3.3.1", {}, "older"),
        ("3.2.2", {}, "older"),
        ("3.3.2", {"external_metadata_db": True}, "external"),
    ],
)
def test_impossible_upgrades_are_refused(tmp_path: Path, version: str, settings: dict[str, Any], code: str) -> None:
    venv(tmp_path / "venv", "3.3.2")
    assert refused(upgrade(tmp_path, version, **settings)).code == code
    assert versions(tmp_path) == {"venv": "3.3.2"}


def test_airflow_3_is_installed_over_the_last_2_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # This machine may have no Python that Airflow 2.11 supports.
    monkeypatch.setattr(python_finder, "find", lambda *_: (sys.executable, "3.11"))
    venv(tmp_path / "venv", "2.7.2")
    error = refused(upgrade(tmp_path, "3.3.2", airflow_version="2.7.2"))
    assert error.code == "upgrade-path" and error.hint.command == ("upgrade", "--airflow-version", "2.11.2")
    assert len(plan(upgrade(tmp_path, "2.11.2", airflow_version="2.7.2")).steps) == 5


@pytest.mark.parametrize("version", ["3.0.6", "3.1.8"])
def test_a_release_that_cannot_check_the_passwords_is_refused(tmp_path: Path, version: str) -> None:
    venv(tmp_path / "venv", "2.11.2")
    error = refused(upgrade(tmp_path, version, airflow_version="2.11.2"))
    assert error.code == "upgrade-path" and "no user could log in" in error.message
    assert error.hint.command == ("upgrade", "--airflow-version", "3.3.2")


def test_an_upgrade_needs_an_installed_airflow(tmp_path: Path) -> None:
    error = refused(upgrade(tmp_path))
    assert (error.code, error.hint.command) == ("no-airflow", ("setup",))


@pytest.mark.parametrize("new", ["venv", "venv.next"])
def test_an_upgrade_in_progress_must_be_completed_or_reverted(tmp_path: Path, new: str) -> None:
    check_not_in_progress(Home(tmp_path))
    venv(tmp_path / "venv.before", "3.3.1")
    venv(tmp_path / new, "3.3.2")
    with pytest.raises(MlopsctlError) as caught:
        check_not_in_progress(Home(tmp_path))
    assert caught.value.code == "half-upgraded"
    assert caught.value.hint.command == ("upgrade", "--airflow-version", "3.3.2")
    assert caught.value.hint.other == ("upgrade", "--airflow-version", "3.3.1")
    check_not_in_progress(Home(tmp_path), "3.3.2")
    check_not_in_progress(Home(tmp_path), "3.3.1")
    assert refused(upgrade(tmp_path, "3.2.2")).code == "half-upgraded"
    assert [step.name for step in plan(upgrade(tmp_path)).steps] == ["venv", "initialise", "verify"]
    (step,) = plan(upgrade(tmp_path, "3.3.1")).steps
    assert step.what == "restore Airflow 3.3.1 and its metadata"


@pytest.fixture
def broken(tmp_path: Path) -> Upgrade:
    """An upgrade of an Airflow that has just failed to import a file."""
    venv(tmp_path / "venv", "3.3.1")
    (tmp_path / "airflow/dags").mkdir(parents=True)
    (tmp_path / "airflow/dags/a.py").touch()
    error = ImportErrorReport("a.py", "SyntaxError", datetime.now(UTC) + timedelta(seconds=1))
    return Upgrade(platform(tmp_path, [error]), platform(tmp_path, airflow_version="3.3.2"))


def test_an_import_error_of_the_installed_airflow_is_refused(broken: Upgrade) -> None:
    error = refused(broken)
    assert "a.py" in error.message
    assert (error.code, error.hint.command) == ("import-error", ("dags", "errors"))


def test_an_import_error_of_a_deleted_file_is_ignored(broken: Upgrade) -> None:
    (broken.home.dags / "a.py").unlink()
    assert len(plan(broken).steps) == 5


def test_an_import_error_of_a_changed_file_is_checked_again_after_the_installation(broken: Upgrade) -> None:
    later = (datetime.now(UTC) + timedelta(seconds=60)).timestamp()
    os.utime(broken.home.dags / "a.py", (later, later))
    assert len(plan(broken).steps) == 5
    venv(broken.home.venv_next, "3.3.2")
    with pytest.raises(MlopsctlError) as caught:
        broken.check_imports()
    assert caught.value.code == "import-error"


def test_without_a_complete_environment_setup_has_to_install_airflow(tmp_path: Path) -> None:
    Home(tmp_path).venv_previous.mkdir()
    with pytest.raises(MlopsctlError) as caught:
        check_not_in_progress(Home(tmp_path))
    assert (caught.value.code, caught.value.hint.command) == ("half-upgraded", ("setup",))


def test_hints_of_an_installation_become_those_of_an_upgrade() -> None:
    hint = Hint.of("setup", "--airflow-version", "3.1.8", "--python", "3.12")
    words = ("upgrade", "--airflow-version", "3.1.8", "--python", "3.12")
    assert with_upgrade(hint, "3.1.8").command == words
    assert with_upgrade(Hint.of("setup", "--python", "3.12"), "3.1.8").command == words
