"""A worker host looks at the storage of its head before it takes tasks."""

from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import Settings
from mlopsctl.operations.join.storage import StorageStep
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.storage import reach


def step(home: Path, storage: str) -> StorageStep:
    def platform() -> Platform:
        settings = replace(Settings(), storage=storage, head="10.0.0.1:8443")
        return App(home, "worker join", Output()).platform_with(settings)

    Home(home).membership.parent.mkdir(parents=True, exist_ok=True)
    Home(home).membership.touch()
    return StorageStep(Home(home), platform)


def test_without_a_storage_there_is_nothing_to_check(tmp_path: Path) -> None:
    assert step(tmp_path, "").todo() == ""


def test_the_folder_must_be_that_of_the_head(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    checked = step(tmp_path / "home", f"file://{shared}")
    assert checked.todo() == "check the storage of the head"
    with pytest.raises(MlopsctlError, match="is not the storage of"):
        list(checked.do())
    reach.mark(shared)
    assert checked.todo() == "" and checked.detail() == f"file://{shared}"
    list(checked.do())


def test_only_tasks_have_the_connection_of_an_object_storage(tmp_path: Path) -> None:
    assert step(tmp_path, "s3://c@bucket/p").todo() == ""
    assert step(tmp_path, "s3://bucket/p").todo() == "check the storage of the head"
