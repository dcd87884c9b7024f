"""Passwords of Airflow's users: generated when a user is created or reset, and never by a plan."""

from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.programs import AirflowPrograms
from mlopsctl.adapters.files import make_secret, read_secret
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.settings import Settings
from mlopsctl.operations.setup.initialise import InitialiseStep
from mlopsctl.operations.setup.request import SetupRequest

EVERYTHING = "migrate the database, create roles, users and connections"
Users = dict[str, dict[str, Any]]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Users]:
    """The users of each call of airflow_scripts/initialise.py, by name."""
    calls: list[Users] = []

    def run_script(_self: AirflowPrograms, _name: str, words: dict[str, Any]) -> dict[str, Any]:
        calls.append({user["username"]: user for user in words["users"]})
        return {"changed": []}

    monkeypatch.setattr(AirflowPrograms, "run_script", run_script)
    return calls


def initialise(home: Path, password: str = "") -> InitialiseStep:
    return InitialiseStep(SetupRequest(App(home, "setup", Output()).platform_with(Settings()), admin_password=password))


@pytest.fixture
def home(tmp_path: Path, written: list[Users]) -> Path:
    """Initialised once."""
    for name in ("postgres-airflow-password", "mariadb-mlops-password"):
        make_secret(tmp_path / "secrets" / name)
    list(initialise(tmp_path).do())
    return tmp_path


def test_a_first_setup_generates_all_passwords(home: Path, written: list[Users]) -> None:
    (users,) = written
    for user, name in (("admin", "admin"), ("mlopsctl", "service"), ("airflow_api", "reader")):
        assert users[user]["password"] == read_secret(home / "secrets" / f"{name}-password")
    assert initialise(home).todo() == ""


@pytest.mark.parametrize(("external", "command"), [(False, "upgrade"), (True, "setup")])
def test_metadata_of_a_newer_airflow_are_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, external: bool, command: str
) -> None:
    monkeypatch.setattr(AirflowPrograms, "run_script", lambda *_: {"unknown_revision": "abc"})
    settings = Settings(external_metadata_db=external, airflow_version="2.11.2")
    with pytest.raises(MlopsctlError) as caught:
        list(InitialiseStep(SetupRequest(App(home, "setup", Output()).platform_with(settings))).do())
    assert caught.value.code == "newer-metadata" and "revision abc" in caught.value.message
    assert caught.value.hint.command[0] == command
    assert initialise(home).todo() == EVERYTHING


def test_a_plan_generates_none(tmp_path: Path) -> None:
    assert initialise(tmp_path).todo() == EVERYTHING and not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["service-password", "reader-password", "mariadb-mlops-password"])
def test_a_missing_password_is_generated_by_setup_and_not_by_a_plan(home: Path, name: str) -> None:
    (home / "secrets" / name).unlink()
    assert initialise(home).todo() == EVERYTHING and not (home / "secrets" / name).exists()


def test_an_admin_without_a_stored_password_gets_a_new_one(home: Path, written: list[Users]) -> None:
    kept = home / "secrets" / "admin-password"
    kept.unlink()
    assert initialise(home).todo() == "set the admin's password" and not kept.exists()
    list(initialise(home).do())
    assert (written[-1]["admin"]["password"], written[-1]["admin"]["reset"]) == (read_secret(kept), True)
    list(initialise(home).do())
    assert (written[-1]["admin"]["password"], written[-1]["admin"]["reset"]) == (read_secret(kept), False)


def test_a_given_password_is_set_once(home: Path, written: list[Users]) -> None:
    assert initialise(home, "two words ").todo() == "set the admin's password"
    list(initialise(home, "two words ").do())
    assert (written[-1]["admin"]["password"], written[-1]["admin"]["reset"]) == ("two words ", True)
    assert initialise(home, "two words ").todo() == "" == initialise(home).todo()
