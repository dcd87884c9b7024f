"""Artifacts can be loaded again, and nothing else is unpickled."""

import os
import pickle
from pathlib import Path

import pytest
from ineligible_loan_model.models import artifact_store, train
from ineligible_loan_model.models.model_card import TrainedModel
from ineligible_loan_model.models.training_window import training_window

from tests.dags.ineligible_loan_model.models import examples

WINDOW = training_window("20240301")
EXAMPLES = examples.frame(WINDOW.training)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MLOPSCTL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    return train.fit(EXAMPLES, WINDOW, "m")


def test_staged_model_can_be_loaded(model: TrainedModel, home: Path) -> None:
    path, checksum = artifact_store.stage(model, "run 1")
    assert path.startswith("m/.staged/") and (home / "models" / path).exists()
    loaded = artifact_store.load_file(path, checksum)
    assert loaded.card == model.card
    assert (loaded.predict_probability(EXAMPLES) == model.predict_probability(EXAMPLES)).all()


def test_retry_replaces_the_staged_artifact_of_its_run(model: TrainedModel, home: Path) -> None:
    first, second, other = (artifact_store.stage(model, key)[0] for key in ("run 1", "run 1", "run 2"))
    assert first == second != other
    assert [file.name for file in (home / "models" / first).parent.iterdir()] == ["model.joblib"]


def test_artifact_is_copied_to_its_version_and_the_staged_one_discarded(model: TrainedModel, home: Path) -> None:
    path, checksum = artifact_store.stage(model, "run 1")
    artifact_store.copy_to_version(path, "m", "1.0.0")
    artifact_store.discard_staged(path)
    assert not (home / "models" / path).parent.exists()
    assert artifact_store.artifact_path("m", "1.0.0") == "m/1.0.0/model.joblib"
    assert artifact_store.load_file("m/1.0.0/model.joblib", checksum).card == model.card


def test_changed_file_is_rejected_without_running_its_code(model: TrainedModel, home: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(home / "ran"),)

    path, checksum = artifact_store.stage(model, "run 1")
    (home / "models" / path).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(artifact_store.ArtifactError, match="is not the file that was registered"):
        artifact_store.load_file(path, checksum)
    assert not (home / "ran").exists()


@pytest.mark.parametrize("way", ["path", "dots", "link"])
def test_file_outside_the_store_is_rejected_even_with_the_right_checksum(
    way: str, model: TrainedModel, home: Path, tmp_path: Path
) -> None:
    path, checksum = artifact_store.stage(model, "run 1")
    outside = tmp_path / "model.joblib"
    (home / "models" / path).rename(outside)
    link = home / "models" / "m" / "model.joblib"
    link.symlink_to(outside)
    named = {"path": str(outside), "dots": "../../model.joblib", "link": "m/model.joblib"}[way]
    with pytest.raises(artifact_store.ArtifactError, match="is outside the store"):
        artifact_store.load_file(named, checksum)


def test_missing_file_raises() -> None:
    with pytest.raises(
        artifact_store.ArtifactError, match=r"Cannot read .*model\.joblib \(No such file or directory\)"
    ):
        artifact_store.load_file("m/1.0.0/model.joblib", "0" * 64)


def test_a_storage_has_the_models_of_all_hosts(
    model: TrainedModel, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPSCTL_STORAGE", f"file://{tmp_path}/shared")
    path, checksum = artifact_store.stage(model, "run 1")
    monkeypatch.setenv("MLOPSCTL_HOME", str(tmp_path / "home of another host"))
    assert artifact_store.load_file(path, checksum).card == model.card
    assert (tmp_path / "shared" / "models" / path).exists() and not home.exists()


def test_missing_home_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLOPSCTL_HOME")
    with pytest.raises(artifact_store.ArtifactError, match="MLOPSCTL_HOME is not set"):
        artifact_store.store_root()
