"""Roles of versions, and the choice of a model. Real tables are read in tests/live/test_models.py."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from ineligible_loan_model.models.training_window import previous_day, training_window

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.models import versions
from mlopsctl.operations.models.versions import RegisteredModel
from tests.operations.models.model_rows import BORN, decisions, model


@pytest.mark.parametrize(
    ("given", "roles"),
    [
        ((), "challenger challenger challenger"),
        (("champion 1.0.0",), "challenger challenger champion"),
        (("champion 1.0.0", "champion 1.1.0"), "challenger champion archived"),
        (("champion 1.0.0", "champion 1.1.0", "rejected 1.2.0"), "rejected champion archived"),
        (("champion 1.0.0", "champion 1.1.0", "rejected 1.1.0", "champion 1.0.0"), "challenger rejected champion"),
        (("rejected 1.2.0", "champion 1.2.0"), "champion challenger challenger"),
        (("champion 1.2.0", "rejected 1.2.0"), "rejected challenger challenger"),
        (("champion 1.0.0", "champion 1.1.0", "rejected 1.1.0"), "challenger rejected champion"),
    ],
)
def test_roles_follow_from_decisions(given: tuple[str, ...], roles: str) -> None:
    assert " ".join(v.role for v in model(*given).versions) == roles


def hours(at: datetime) -> float:
    return (at - BORN) / timedelta(hours=1)


def test_time_since_which_a_version_has_its_role() -> None:
    given = ("champion 1.0.0", "rejected 1.2.0", "champion 1.1.0", "champion 1.1.0")
    assert [hours(v.since) for v in model(*given).versions] == [2, 3, 3]
    assert [hours(v.since) for v in model(*given, "champion 1.0.0").versions] == [2, 5, 5]
    assert hours(model().versions[0].since) == 0


def test_unknown_version_is_an_error() -> None:
    with pytest.raises(MlopsctlError, match=r"loan has no version '9\.9\.9'\."):
        model().version("9.9.9")


def other(name: str) -> RegisteredModel:
    return RegisteredModel(name, model().versions, ())


@pytest.mark.parametrize(
    ("names", "wanted", "found"),
    [
        (["loan"], None, "loan"),
        (["a", "ineligible_loan_model"], None, "ineligible_loan_model"),
        (["a", "ineligible_loan_model"], "a", "a"),
    ],
)
def test_default_model(names: list[str], wanted: str | None, found: str) -> None:
    assert versions.find([other(n) for n in names], wanted).name == found


@pytest.mark.parametrize(
    ("names", "wanted", "code"),
    [([], None, "no-model"), (["a", "b"], None, "which-model"), (["a"], "c", "unknown-model")],
)
def test_ambiguous_or_unknown_model_is_an_error(names: list[str], wanted: str | None, code: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        versions.find([other(n) for n in names], wanted)
    assert caught.value.code == code
    assert caught.value.hint.command


def test_first_training_follows_the_seed_and_can_be_repeated() -> None:
    with pytest.raises(MlopsctlError) as caught:
        versions.find([], None)
    seed, training = caught.value.hint.command, caught.value.hint.then
    assert seed == ("seed", "--from", "2023-06-01", "--to", "2024-02-29")
    # A date can have only one run, so the training date is in the conf.
    assert training[:2] == ("trigger", "ineligible_loan_model_ct") and "--date" not in training
    as_of = json.loads(training[training.index("--conf") + 1])["base_dt"]
    assert training_window(as_of).training == ("202306", "202307", "202308", "202309", "202310", "202311")
    assert previous_day(as_of) == seed[-1].replace("-", "")


ROW: tuple[Any, ...] = (
    "loan", "1.0.0", "loan/1.0.0/model.joblib", "0" * 64, '["income"]', "20230601", "20231130", 990,
    1709251200.25, json.dumps({"brier": 0.13}), "20240229", 1709251190, None,
)  # fmt: skip


def test_version_from_a_row() -> None:
    found = versions._version(ROW, decisions("champion 1.0.0"), UTC)
    assert (found.features, found.data_to, found.cutoff) == (("income",), date(2023, 11, 30), date(2024, 2, 29))
    assert found.registered == datetime(2024, 3, 1, 0, 0, 0, 250_000, tzinfo=UTC)
    assert (found.finished, found.metrics, found.role) == (None, {"brier": 0.13}, "champion")


@pytest.mark.parametrize(("column", "value", "code"), [(9, "{half", "wrong-metrics"), (5, "June", "wrong-schema")])
def test_invalid_column_is_an_error(column: int, value: str, code: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        versions._version((*ROW[:column], value, *ROW[column + 1 :]), (), UTC)
    assert caught.value.code == code


def test_killed_training_has_no_metrics() -> None:
    assert versions._version((*ROW[:9], None, None, None, None), (), UTC).metrics is None
