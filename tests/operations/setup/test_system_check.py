"""What is looked at before anything is written."""

from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.adapters import process
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.settings import Settings
from mlopsctl.operations.setup import system_requirements
from mlopsctl.operations.setup.request import Request
from mlopsctl.operations.setup.system_check import Check


def look(home: Path, settings: Settings | None = None) -> None:
    settings = settings or Settings()
    request = Request(App(home, "setup", Output()).platform_with(settings))
    Check(request, settings).look()


def test_a_path_that_is_too_long_for_sockets(tmp_path: Path) -> None:
    with pytest.raises(MlopsctlError, match="path of the home is too long"):
        look(tmp_path / ("가" * 30))


def test_a_disk_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_requirements, "FREE_BYTES", 10**18)
    with pytest.raises(MlopsctlError, match=r"^the disk of .* has .* GB free, and 1e\+09 GB are needed\.$"):
        look(tmp_path)


def test_missing_packages_are_named_with_the_line_to_paste(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "find_program", lambda *_: None)
    with pytest.raises(MlopsctlError) as e:
        look(tmp_path)
    assert e.value.code == "missing-packages"
    assert "mariadb-server" in e.value.hint.text()
    assert e.value.hint.text().startswith("sudo apt-get install -y")


def test_a_folder_without_dags_is_found_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(MlopsctlError, match="does not exist"):
        look(tmp_path / "home", replace(Settings(), dags=(str(tmp_path / "gone"),)))
    assert not (tmp_path / "home").exists()
