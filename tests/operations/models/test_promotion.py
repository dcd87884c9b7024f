"""Promotion and rollback. The tables are written in tests/live/test_models.py."""

import hashlib
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.steps import PlannedStep
from mlopsctl.operations.models import promotion
from mlopsctl.operations.models.versions import ModelVersion
from tests.operations.models.model_rows import model, version


def test_promotion() -> None:
    change = promotion.promotion(model("champion 1.0.0"), "1.1.0", "")
    assert (change.version.version, change.before and change.before.version) == ("1.1.0", "1.0.0")
    assert (change.needed, change.reject, change.reason) == (True, False, "promoted by hand")
    assert promotion.promotion(model(), "1.0.0", "first").before is None


def test_promoting_the_champion_changes_nothing(tmp_path: Path) -> None:
    registered = stored(tmp_path, "champion 1.0.0")
    change = promotion.ChampionChange(registered, registered, "again")
    assert promotion.plan(change, tmp_path).empty


@pytest.mark.parametrize(
    ("given", "back_to"),
    [
        (["champion 1.0.0", "champion 1.1.0"], "1.0.0"),
        (["champion 1.0.0", "champion 1.1.0", "champion 1.2.0"], "1.1.0"),
        (["champion 1.0.0", "champion 1.1.0", "champion 1.2.0", "rejected 1.2.0", "champion 1.1.0"], "1.0.0"),
        (["champion 1.0.0", "champion 1.1.0", "champion 1.0.0"], "1.1.0"),
    ],
)
def test_rollback_returns_to_the_previous_champion_that_was_not_rejected(given: list[str], back_to: str) -> None:
    change = promotion.rollback(model(*given), "")
    assert (change.version.version, change.reject) == (back_to, True)
    assert change.before and change.reason == f"rolled back from {change.before.version} by hand"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "it has no champion"),
        (["champion 1.0.0"], "1.0.0 is its first champion"),
        (["champion 1.0.0", "champion 1.1.0", "rejected 1.1.0", "champion 1.0.0"], "1.0.0 is its first champion"),
    ],
)
def test_rollback_without_a_previous_champion_is_an_error(given: list[str], message: str) -> None:
    with pytest.raises(MlopsctlError, match=message) as caught:
        promotion.rollback(model(*given), "")
    assert caught.value.code == "no-champion-before"


def test_too_long_reason_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="501 characters"):
        promotion.promotion(model(), "1.0.0", "x" * 501)


def stored(store: Path, *given: str) -> ModelVersion:
    """Version 1.0.0, with the recorded file."""
    recorded = model(*given).version("1.0.0")
    path = store / recorded.artifact
    path.parent.mkdir(parents=True)
    path.write_bytes(b"model")
    return version("1.0.0", recorded.decisions, checksum=hashlib.sha256(b"model").hexdigest())


def test_plan_names_both_versions(tmp_path: Path) -> None:
    change = promotion.ChampionChange(stored(tmp_path), None, "")
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
def test_changed_or_missing_file_is_never_promoted(tmp_path: Path, artifact: str, content: bytes, code: str) -> None:
    registered = stored(tmp_path)
    (tmp_path / registered.artifact).write_bytes(content)
    change = promotion.ChampionChange(version("1.0.0", checksum=registered.checksum, artifact=artifact), None, "")
    with pytest.raises(MlopsctlError) as caught:
        promotion.plan(change, tmp_path)
    assert caught.value.code == code
    assert caught.value.hint.command == ("models", "list")


def test_promoting_a_rejected_version_asks(tmp_path: Path) -> None:
    change = promotion.ChampionChange(stored(tmp_path, "rejected 1.0.0"), None, "")
    plan = promotion.plan(change, tmp_path)
    assert plan.asks == "Promote the rejected version 1.0.0?"
    assert [str(note) for note in plan.notes if "2024-03-01: reason 0" in str(note)]
