"""Moving the files of tasks to a storage and back. Real ones: tests/live/test_workers.py."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.programs import AirflowPrograms
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.settings import Settings
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.setup import storage
from mlopsctl.operations.setup.request import SetupRequest
from mlopsctl.operations.setup.storage import StorageStep
from mlopsctl.operations.workers.registry import Registry


def request(home: Path, url: str, **settings: object) -> SetupRequest:
    changed = replace(Settings(), storage=url, **settings)  # type: ignore[arg-type]
    return SetupRequest(App(home, "setup", Output()).platform_with(changed))


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    (tmp_path / "shared").mkdir()
    return tmp_path / "shared"


def refused(request: SetupRequest) -> MlopsctlError:
    with pytest.raises(MlopsctlError) as caught:
        storage.check(request)
    return caught.value


def test_a_storage_outside_of_the_home(tmp_path: Path, shared: Path) -> None:
    storage.check(request(tmp_path / "home", f"file://{shared}"))
    assert not list(shared.iterdir())
    inside = tmp_path / "home" / "data"
    inside.mkdir(parents=True)
    assert "is in the home" in refused(request(tmp_path / "home", f"file://{inside}")).message


def test_a_release_without_storage(tmp_path: Path, shared: Path) -> None:
    error = refused(request(tmp_path / "home", f"file://{shared}", airflow_version="2.11.2"))
    assert "was not tried with Airflow 2.11.2" in error.message


def test_hosts_that_have_joined_would_keep_the_place_before(tmp_path: Path, shared: Path) -> None:
    asked = request(tmp_path / "home", f"file://{shared}")
    Registry(asked.platform.home).add("w1")
    assert refused(asked).code == "workers-joined"
    storage.check(request(tmp_path / "home", ""))


def test_a_connection_is_read_from_a_metadata_database_that_runs(tmp_path: Path) -> None:
    error = refused(request(tmp_path / "home", "s3://c@bucket"))
    assert error.hint.command == ("start",) and "the connection c is in the metadata database" in error.message


def test_files_are_copied_there_and_back(tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(AirflowPrograms, "run_script", lambda _, __, what: asked.append(what))
    monkeypatch.setattr(Platform, "metadata_url", lambda _: "postgresql://")
    home, url = tmp_path / "home", f"file://{shared}"
    (home / "airflow").mkdir(parents=True)
    there, back = StorageStep(request(home, url)), StorageStep(request(home, ""))
    assert there.todo() == f"copy files of tasks from the home to {url}"
    list(there.do())
    assert there.todo() == "" and back.todo() == f"copy files of tasks from {url} to the home"
    list(back.do())
    assert back.todo() == ""
    assert asked[0]["xcoms"] == [f"file://{home}/airflow/xcom", f"{url}/xcom"]
    assert asked[0]["copies"][1:] == [[f"file://{home}/{name}", f"{url}/{name}"] for name in ("models", "data")]
    assert asked[1]["copies"] == [[new, old] for old, new in asked[0]["copies"]]


def test_the_packages_for_s3_are_installed_only_for_s3(tmp_path: Path) -> None:
    wanted = [
        any("amazon" in line for line in request(tmp_path, url).requirements) for url in ("s3://b", "file:///m", "")
    ]
    assert wanted == [True, False, False]
