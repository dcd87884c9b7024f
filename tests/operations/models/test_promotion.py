"""Who becomes champion, and what keeps a version from it. The tables are written in tests/live."""

import hashlib
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.steps import PlannedStep
from mlopsctl.operations.models import promotion
from mlopsctl.operations.models.versions import Version
from tests.operations.models.model_rows import model, version


def test_a_promotion() -> None:
    change = promotion.promotion(model("champion 1.0.0"), "1.1.0", "")
    assert (change.version.version, change.before and change.before.version) == ("1.1.0", "1.0.0")
    assert (change.needed, change.reject, change.reason) == (True, False, "promoted by hand")
    assert promotion.promotion(model(), "1.0.0", "first").before is None


def test_of_the_champion_there_is_nothing_to_do(tmp_path: Path) -> None:
    held = stored(tmp_path, "champion 1.0.0")
    change = promotion.Change(held, held, "again")
    assert promotion.plan(change, tmp_path).empty


@pytest.mark.parametrize(
    ("said", "back_to"),
    [
        (["champion 1.0.0", "champion 1.1.0"], "1.0.0"),
        (["champion 1.0.0", "champion 1.1.0", "champion 1.2.0"], "1.1.0"),
        (["champion 1.0.0", "champion 1.1.0", "champion 1.2.0", "rejected 1.2.0", "champion 1.1.0"], "1.0.0"),
        (["champion 1.0.0", "champion 1.1.0", "champion 1.0.0"], "1.1.0"),
    ],
)
def test_a_rollback_is_to_the_champion_before_and_never_to_one_that_was_rolled_back(
    said: list[str], back_to: str
) -> None:
    change = promotion.rollback(model(*said), "")
    assert (change.version.version, change.reject) == (back_to, True)
    assert change.before and change.reason == f"rolled back from {change.before.version} by hand"


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ([], "it has no champion"),
        (["champion 1.0.0"], "1.0.0 is its first champion"),
        (["champion 1.0.0", "champion 1.1.0", "rejected 1.1.0", "champion 1.0.0"], "1.0.0 is its first champion"),
    ],
)
def test_without_a_champion_before_there_is_no_rollback(said: list[str], says: str) -> None:
    with pytest.raises(MlopsctlError, match=says) as caught:
        promotion.rollback(model(*said), "")
    assert caught.value.code == "no-champion-before"


def test_a_reason_that_the_table_cannot_hold() -> None:
    with pytest.raises(UsageError, match="501 characters"):
        promotion.promotion(model(), "1.0.0", "x" * 501)


def stored(store: Path, *said: str) -> Version:
    """Version 1.0.0, with a file that is as it was recorded."""
    made = model(*said).version("1.0.0")
    path = store / made.artifact
    path.parent.mkdir(parents=True)
    path.write_bytes(b"model")
    return version("1.0.0", made.decisions, checksum=hashlib.sha256(b"model").hexdigest())


def test_a_whole_file_is_planned(tmp_path: Path) -> None:
    change = promotion.Change(stored(tmp_path), None, "")
    assert promotion.plan(change, tmp_path).steps == (PlannedStep("champion", "1.0.0 instead of none"),)


@pytest.mark.parametrize(
    ("artifact", "content", "code"),
    [
        ("loan/1.0.0/model.joblib", b"other", "wrong-checksum"),
        ("loan/1.0.0/none.joblib", b"model", "no-artifact"),
        ("../model.joblib", b"model", "foreign-artifact"),
        ("/etc/hostname", b"model", "foreign-artifact"),
    ],
)
def test_a_file_that_is_not_the_one_that_was_trained_is_never_promoted(
    tmp_path: Path, artifact: str, content: bytes, code: str
) -> None:
    held = stored(tmp_path)
    (tmp_path / held.artifact).write_bytes(content)
    change = promotion.Change(version("1.0.0", checksum=held.checksum, artifact=artifact), None, "")
    with pytest.raises(MlopsctlError) as caught:
        promotion.plan(change, tmp_path)
    assert caught.value.code == code
    assert "mlopsctl models list" in caught.value.hint.text()


def test_a_version_that_was_rejected_is_asked_about(tmp_path: Path) -> None:
    change = promotion.Change(stored(tmp_path, "rejected 1.0.0"), None, "")
    assert promotion.plan(change, tmp_path).asks == "Version 1.0.0 was rejected on 2024-03-01: reason 0. Promote it?"
