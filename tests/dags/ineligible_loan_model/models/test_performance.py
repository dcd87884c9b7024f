"""Weeks and drift, by hand."""

import math

import pandas
import pytest
from ineligible_loan_model.models import performance, pipeline

from tests.dags.ineligible_loan_model.models import examples


def test_predictions_are_told_by_week_from_monday_to_sunday() -> None:
    rows = pandas.DataFrame(
        {
            "base_dt": ["20240101", "20240107", "20240108"],
            "predict": [1, 0, 0],
            "probability": [0.8, 0.4, 0.1],
            "defaulted": [1, 1, 0],
        }
    )
    assert performance.by_week(rows) == [
        {"week": "2024-01-01", "rows": 2, "predicted": 0.6, "observed": 1.0, "accuracy": 0.5, "brier": 0.2},
        {"week": "2024-01-08", "rows": 1, "predicted": 0.1, "observed": 0.0, "accuracy": 1.0, "brier": 0.01},
    ]


def test_the_index_of_a_category_is_that_of_the_books() -> None:
    training, recent = pandas.Series(["a"] * 500 + ["b"] * 500), pandas.Series(["a"] * 800 + ["b"] * 200)
    wanted = 0.3 * math.log(0.8 / 0.5) - 0.3 * math.log(0.2 / 0.5)
    assert performance.psi(training, recent, amount=False) == pytest.approx(wanted, rel=0.01)


def test_a_category_that_is_new_and_one_that_is_missing_give_a_number() -> None:
    found = performance.psi(pandas.Series(["a", "b", None]), pandas.Series(["a", "c", None]), amount=False)
    assert 0 < found < math.inf


def test_an_amount_that_has_moved_is_told_from_one_that_has_not() -> None:
    frame = examples.frame(("202401",), 2000)
    same, lower = frame.tail(1000), frame.tail(1000).assign(applicant_income=frame["applicant_income"].tail(1000) * 0.5)
    found = {one["feature"]: one for one in performance.drift(frame.head(1000), same)}
    assert set(found) == set(pipeline.FEATURES)
    assert {one["reading"] for one in found.values()} == {"stable"}
    worst = performance.drift(frame.head(1000), lower)[0]
    assert (worst["feature"], worst["reading"]) == ("applicant_income", "moved")
