"""Roles by what was decided, and which model is meant. That the tables are read rightly is shown by tests/live."""

import json
import shlex
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from ineligible_loan_model.models.training_window import previous_day, training_window

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.models import versions
from mlopsctl.operations.models.versions import Model
from tests.operations.models.model_rows import BORN, decisions, model


@pytest.mark.parametrize(
    ("said", "roles"),
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
def test_the_last_champion_is_it_and_the_others_are_what_was_decided_last(said: tuple[str, ...], roles: str) -> None:
    assert " ".join(v.role for v in model(*said).versions) == roles


def hours(at: datetime) -> float:
    return (at - BORN) / timedelta(hours=1)


def test_since_when_each_has_its_role() -> None:
    said = ("champion 1.0.0", "rejected 1.2.0", "champion 1.1.0", "champion 1.1.0")
    assert [hours(v.since) for v in model(*said).versions] == [2, 3, 3]
    assert [hours(v.since) for v in model(*said, "champion 1.0.0").versions] == [2, 5, 5]
    assert hours(model().versions[0].since) == 0


def test_a_version_that_is_not_there() -> None:
    with pytest.raises(MlopsctlError, match=r"loan has no version '9\.9\.9'\."):
        model().version("9.9.9")


def other(name: str) -> Model:
    return Model(name, model().versions, ())


@pytest.mark.parametrize(
    ("names", "wanted", "found"),
    [
        (["loan"], None, "loan"),
        (["a", "ineligible_loan_model"], None, "ineligible_loan_model"),
        (["a", "ineligible_loan_model"], "a", "a"),
    ],
)
def test_which_model_is_meant(names: list[str], wanted: str | None, found: str) -> None:
    assert versions.find([other(n) for n in names], wanted).name == found


@pytest.mark.parametrize(
    ("names", "wanted", "code"),
    [([], None, "no-model"), (["a", "b"], None, "which-model"), (["a"], "c", "unknown-model")],
)
def test_which_model_is_meant_cannot_be_told(names: list[str], wanted: str | None, code: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        versions.find([other(n) for n in names], wanted)
    assert caught.value.code == code
    assert caught.value.hint.text().startswith("mlopsctl ")


def test_the_first_training_comes_after_its_data_and_can_be_said_again() -> None:
    with pytest.raises(MlopsctlError) as caught:
        versions.find([], None)
    seeding, training = (shlex.split(line) for line in caught.value.hint.text().split(" && "))
    assert seeding == ["mlopsctl", "seed", "--from", "2023-06-01", "--to", "2024-02-29"]
    # A run of a date is made once; the day as of which is trained is a word to the DAG.
    assert training[:3] == ["mlopsctl", "trigger", "ineligible_loan_model_ct"] and "--date" not in training
    as_of = json.loads(training[training.index("--conf") + 1])["base_dt"]
    assert training_window(as_of).training == ("202306", "202307", "202308", "202309", "202310", "202311")
    assert previous_day(as_of) == seeding[-1].replace("-", "")


ROW: tuple[Any, ...] = (
    "loan", "1.0.0", "loan/1.0.0/model.joblib", "0" * 64, '["income"]', "20230601", "20231130", 990,
    1709251200.25, json.dumps({"brier": 0.13}), "20240229", 1709251190, None,
)  # fmt: skip


def test_a_row_becomes_a_version() -> None:
    made = versions._version(ROW, decisions("champion 1.0.0"), UTC)
    assert (made.features, made.data_to, made.cutoff) == (("income",), date(2023, 11, 30), date(2024, 2, 29))
    assert made.registered == datetime(2024, 3, 1, 0, 0, 0, 250_000, tzinfo=UTC)
    assert (made.finished, made.metrics, made.role) == (None, {"brier": 0.13}, "champion")


@pytest.mark.parametrize(("place", "word", "code"), [(9, "{half", "wrong-metrics"), (5, "June", "wrong-schema")])
def test_what_cannot_be_read_is_named(place: int, word: str, code: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        versions._version((*ROW[:place], word, *ROW[place + 1 :]), (), UTC)
    assert caught.value.code == code


def test_a_training_that_was_killed_has_no_metrics() -> None:
    assert versions._version((*ROW[:9], None, None, None, None), (), UTC).metrics is None
