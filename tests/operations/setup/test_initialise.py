"""Passwords of Airflow's users: made where a user is made or set anew, and never by who only looks."""

from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.programs import AirflowPrograms
from mlopsctl.adapters.files import make_secret, read_secret
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.settings import Settings
from mlopsctl.operations.setup.initialise import Initialise
from mlopsctl.operations.setup.request import Request

WHOLE = "migrate the database, make roles, users and connections"
Users = dict[str, dict[str, Any]]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Users]:
    """The users that airflow_scripts/initialise.py was told, by name, a call each."""
    calls: list[Users] = []

    def run_script(_self: AirflowPrograms, _name: str, words: dict[str, Any]) -> None:
        calls.append({user["username"]: user for user in words["users"]})

    monkeypatch.setattr(AirflowPrograms, "run_script", run_script)
    return calls


def initialise(home: Path, password: str = "") -> Initialise:
    return Initialise(Request(App(home, "setup", Output()).platform_with(Settings()), admin_password=password))


@pytest.fixture
def home(tmp_path: Path, written: list[Users]) -> Path:
    """Set up, as far as this stage goes."""
    for name in ("postgres-airflow-password", "mariadb-mlops-password"):
        make_secret(tmp_path / "secrets" / name)
    list(initialise(tmp_path).do())
    return tmp_path


def test_a_first_setup_makes_all_passwords(home: Path, written: list[Users]) -> None:
    (users,) = written
    for user, name in (("admin", "admin"), ("mlopsctl", "service"), ("airflow_api", "reader")):
        assert users[user]["password"] == read_secret(home / "secrets" / f"{name}-password")
    assert initialise(home).todo() == ""


def test_who_only_looks_makes_none(tmp_path: Path) -> None:
    assert initialise(tmp_path).todo() == WHOLE and not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["service-password", "reader-password", "mariadb-mlops-password"])
def test_a_lost_password_is_work_for_setup_and_a_dry_run_makes_none(home: Path, name: str) -> None:
    (home / "secrets" / name).unlink()
    assert initialise(home).todo() == WHOLE and not (home / "secrets" / name).exists()


def test_an_admin_whose_password_is_lost_gets_another_that_is_the_one_in_the_file(
    home: Path, written: list[Users]
) -> None:
    kept = home / "secrets" / "admin-password"
    kept.unlink()
    assert initialise(home).todo() == "password of the admin" and not kept.exists()
    list(initialise(home).do())
    assert (written[-1]["admin"]["password"], written[-1]["admin"]["reset"]) == (read_secret(kept), True)
    list(initialise(home).do())
    assert (written[-1]["admin"]["password"], written[-1]["admin"]["reset"]) == (read_secret(kept), False)


def test_a_password_that_is_given_is_set_once(home: Path, written: list[Users]) -> None:
    assert initialise(home, "two words ").todo() == "password of the admin"
    list(initialise(home, "two words ").do())
    assert (written[-1]["admin"]["password"], written[-1]["admin"]["reset"]) == ("two words ", True)
    assert initialise(home, "two words ").todo() == "" == initialise(home).todo()
