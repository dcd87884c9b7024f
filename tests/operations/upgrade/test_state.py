"""What is refused before an upgrade begins, and while one is not over."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import ImportErrorReport
from mlopsctl.core.paths import Home
from mlopsctl.operations.upgrade import Upgrade, check_not_begun, plan
from tests.operations.upgrade.venvs import platform, upgrade, venv, versions


def refused(this: Upgrade) -> MlopsctlError:
    with pytest.raises(MlopsctlError) as caught:
        plan(this)
    return caught.value


@pytest.mark.parametrize(
    ("after", "settings", "code"),
    [
        ("2.11.0", {}, "unknown-version"),
        ("3.3", {}, "unknown-version"),
        ("3.3.1", {}, "older"),
        ("3.2.9", {}, "older"),
        ("3.10.0", {"external_metadata_db": True}, "external"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_done(
    tmp_path: Path, after: str, settings: dict[str, Any], code: str
) -> None:
    venv(tmp_path / "venv", "3.3.2")
    assert refused(upgrade(tmp_path, after, **settings)).code == code
    assert versions(tmp_path) == {"venv": "3.3.2"}


def test_nothing_installed_is_a_matter_of_setup(tmp_path: Path) -> None:
    error = refused(upgrade(tmp_path))
    assert (error.code, error.hint.text()) == ("no-airflow", "mlopsctl setup")


@pytest.mark.parametrize("new", ["venv", "venv.next"])
def test_while_the_old_one_stands_by_nothing_else_may_start(tmp_path: Path, new: str) -> None:
    check_not_begun(Home(tmp_path))
    venv(tmp_path / "venv.before", "3.3.1")
    venv(tmp_path / new, "3.3.2")
    with pytest.raises(MlopsctlError) as caught:
        check_not_begun(Home(tmp_path))
    assert caught.value.message == "an upgrade to Airflow 3.3.2 was broken off, and is to be finished first."
    assert caught.value.hint.text() == (
        "mlopsctl upgrade --airflow-version 3.3.2   # or back: mlopsctl upgrade --airflow-version 3.3.1"
    )
    check_not_begun(Home(tmp_path), "3.3.2")
    check_not_begun(Home(tmp_path), "3.3.1")
    assert refused(upgrade(tmp_path, "3.4.0")).code == "half-upgraded"
    assert [step.name for step in plan(upgrade(tmp_path)).steps] == ["venv", "initialise", "verify"]
    (step,) = plan(upgrade(tmp_path, "3.3.1")).steps
    assert step.what == "bring Airflow 3.3.1 back, with its metadata"


@pytest.fixture
def broken(tmp_path: Path) -> Upgrade:
    """The installed Airflow has just failed to import a file."""
    venv(tmp_path / "venv", "3.3.1")
    (tmp_path / "airflow/dags").mkdir(parents=True)
    (tmp_path / "airflow/dags/a.py").touch()
    error = ImportErrorReport("a.py", "SyntaxError", datetime.now(UTC) + timedelta(seconds=1))
    return Upgrade(platform(tmp_path, [error]), platform(tmp_path, airflow_version="3.3.2"))


def test_a_file_that_the_installed_airflow_cannot_import_is_in_the_way(broken: Upgrade) -> None:
    error = refused(broken)
    assert error.message == "a.py cannot be imported under the installed Airflow either."
    assert (error.code, error.hint.text()) == ("import-error", "mlopsctl dags errors")


def test_a_broken_file_that_has_gone_is_not(broken: Upgrade) -> None:
    (broken.home.dags / "a.py").unlink()
    assert len(plan(broken).steps) == 5


def test_one_that_has_changed_since_is_judged_before_airflow_is_stopped(broken: Upgrade) -> None:
    later = (datetime.now(UTC) + timedelta(seconds=60)).timestamp()
    os.utime(broken.home.dags / "a.py", (later, later))
    assert len(plan(broken).steps) == 5
    venv(broken.home.venv_next, "3.3.2")
    with pytest.raises(MlopsctlError, match=r"a\.py cannot be imported under the installed Airflow either\."):
        broken.check_imports()


def test_two_ruins_are_a_matter_of_setup(tmp_path: Path) -> None:
    Home(tmp_path).venv_previous.mkdir()
    with pytest.raises(MlopsctlError, match=r"neither .*/venv nor .*/venv\.before is whole"):
        check_not_begun(Home(tmp_path))
