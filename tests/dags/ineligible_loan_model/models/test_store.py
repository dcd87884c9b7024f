"""Artifacts: what was saved comes back, and nothing else is unpickled."""

import os
import pickle
from pathlib import Path

import pytest
from ineligible_loan_model.models import store, train
from ineligible_loan_model.models.card import Model
from ineligible_loan_model.models.window import window

from tests.dags.ineligible_loan_model.models import examples

MONTHS = window("20240301")
EXAMPLES = examples.frame(MONTHS.training)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MLOPSCTL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def model() -> Model:
    return train.fit(EXAMPLES, MONTHS, "m")


def test_a_saved_model_comes_back_whole(model: Model, home: Path) -> None:
    path, checksum = store.save(model.pipeline, model.card, "run 1")
    assert path.is_relative_to(home / "models" / "m" / ".staged")
    back = store.read(path, checksum)
    assert back.card == model.card
    assert (back.probability(EXAMPLES) == model.probability(EXAMPLES)).all()


def test_a_second_try_replaces_the_artifact_of_the_first_and_another_run_has_its_own(model: Model) -> None:
    first, second, other = (store.save(model.pipeline, model.card, key)[0] for key in ("run 1", "run 1", "run 2"))
    assert first == second != other
    assert [file.name for file in first.parent.iterdir()] == ["model.joblib"]


def test_a_published_model_stands_in_its_version_and_the_staged_one_goes(model: Model, home: Path) -> None:
    path, checksum = store.save(model.pipeline, model.card, "run 1")
    store.publish(path, "m", "1.0.0")
    store.discard(path)
    assert not path.exists()
    assert store.artifact_of("m", "1.0.0") == "m/1.0.0/model.joblib"
    assert store.read(home / "models" / "m" / "1.0.0" / "model.joblib", checksum).card == model.card


def test_a_file_that_was_changed_is_refused_and_nothing_of_it_runs(model: Model, home: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(home / "ran"),)

    path, checksum = store.save(model.pipeline, model.card, "run 1")
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(store.StoreError, match=r"is not the file that was registered \(its SHA-256 begins with "):
        store.read(path, checksum)
    assert not (home / "ran").exists()


@pytest.mark.parametrize("way", ["path", "dots", "link"])
def test_a_file_outside_the_store_is_refused_even_if_its_checksum_is_right(
    way: str, model: Model, home: Path, tmp_path: Path
) -> None:
    path, checksum = store.save(model.pipeline, model.card, "run 1")
    outside = tmp_path / "model.joblib"
    path.rename(outside)
    link = home / "models" / "m" / "model.joblib"
    link.symlink_to(outside)
    named = {"path": outside, "dots": home / "models" / ".." / ".." / "model.joblib", "link": link}[way]
    with pytest.raises(store.StoreError, match=r"is outside the store .*: no model is loaded from there\.$"):
        store.read(named, checksum)


def test_a_file_that_is_gone_is_named(home: Path) -> None:
    with pytest.raises(store.StoreError, match=r"model\.joblib cannot be read \(No such file or directory\): train "):
        store.read(home / "models" / "m" / "1.0.0" / "model.joblib", "0" * 64)


def test_without_a_home_there_is_no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLOPSCTL_HOME")
    with pytest.raises(store.StoreError, match=r"^MLOPSCTL_HOME is not set"):
        store.root()
