"""What is checked before setup writes anything."""

from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.adapters import process
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.settings import Settings
from mlopsctl.operations.setup import preflight, system_requirements
from mlopsctl.operations.setup.request import SetupRequest


def refused(home: Path, settings: Settings | None = None) -> MlopsctlError:
    with pytest.raises(MlopsctlError) as caught:
        preflight.check(SetupRequest(App(home, "setup", Output()).platform_with(settings or Settings())))
    return caught.value


def test_a_path_that_is_too_long_for_sockets(tmp_path: Path) -> None:
    assert refused(tmp_path / ("가" * 30)).code == "path-too-long"


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_requirements, "FREE_BYTES", 10**18)
    assert refused(tmp_path).code == "disk-full"


def test_missing_packages_are_listed_with_the_command_that_installs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "find_program", lambda *_: None)
    error = refused(tmp_path)
    assert error.code == "missing-packages"
    assert error.hint.line.startswith("sudo apt-get install -y") and "mariadb-server" in error.hint.line


def test_a_folder_with_other_files_does_not_become_a_home(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    error = refused(tmp_path)
    assert error.code == "not-a-home" and "notes.txt" in error.message


def test_a_release_that_is_not_supported(tmp_path: Path) -> None:
    assert refused(tmp_path, replace(Settings(), airflow_version="2.6.3")).code == "unknown-version"


def test_a_missing_dags_folder_is_found_before_anything_is_written(tmp_path: Path) -> None:
    error = refused(tmp_path / "home", replace(Settings(), dags=(str(tmp_path / "gone"),)))
    assert str(tmp_path / "gone") in error.message
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["100%", 'a"b', "a\\b", "a:b", "a;b", "a #1", "a,b", "a\nb"])
def test_a_path_that_a_service_cannot_have(tmp_path: Path, name: str) -> None:
    assert refused(tmp_path / name / "home").code == "path-characters"
