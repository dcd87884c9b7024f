"""Where the files of a version are on this machine."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mlopsctl.adapters.airflow.programs import AirflowPrograms
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.settings import Settings
from mlopsctl.operations.models.store import folder_with
from mlopsctl.operations.platform import Platform


def platform(home: Path, storage: str) -> Platform:
    return App(home, "models", Output()).platform_with(replace(Settings(), storage=storage))


VERSION: Any = SimpleNamespace(artifact="m/1.0.0/model.joblib")


def test_a_folder_is_read_where_it_is(tmp_path: Path) -> None:
    assert folder_with(platform(tmp_path, ""), VERSION) == tmp_path / "models"
    assert folder_with(platform(tmp_path, "file:///mnt/s"), VERSION) == Path("/mnt/s/models")


def test_files_of_an_object_storage_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(AirflowPrograms, "run_script", lambda _, __, what: asked.append(what["copies"]))
    (tmp_path / "cache" / "models" / "m" / "1.0.0").mkdir(parents=True)
    folder = folder_with(platform(tmp_path, "s3://b/p"), VERSION)
    assert asked == [[["s3://b/p/models/m/1.0.0", f"file://{folder}/m/1.0.0"]]]
    assert not (folder / "m" / "1.0.0").exists(), "what is not in the storage any more must not be shown"
    elsewhere: Any = SimpleNamespace(artifact="../../etc/model.joblib")
    folder_with(platform(tmp_path, "s3://b/p"), elsewhere)
    assert len(asked) == 1
