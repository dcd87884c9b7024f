"""Weekly metrics and drift compared with values calculated by hand."""

import math

import pandas
import pytest
from ineligible_loan_model.models import performance_metrics, pipeline
from ineligible_loan_model.models.performance_metrics import stability_index

from tests.dags.ineligible_loan_model.models import examples


def test_weeks_start_on_monday() -> None:
    rows = pandas.DataFrame(
        {
            "base_dt": ["20240101", "20240107", "20240108"],
            "predict": [1, 0, 0],
            "probability": [0.8, 0.4, 0.1],
            "defaulted": [1, 1, 0],
        }
    )
    assert performance_metrics.by_week(rows) == [
        {"week": "2024-01-01", "rows": 2, "predicted": 0.6, "observed": 1.0, "accuracy": 0.5, "brier": 0.2},
        {"week": "2024-01-08", "rows": 1, "predicted": 0.1, "observed": 0.0, "accuracy": 1.0, "brier": 0.01},
    ]


def test_stability_index_of_categories() -> None:
    training, recent = pandas.Series(["a"] * 500 + ["b"] * 500), pandas.Series(["a"] * 800 + ["b"] * 200)
    expected = 0.3 * math.log(0.8 / 0.5) - 0.3 * math.log(0.2 / 0.5)
    assert stability_index(training, recent, is_amount=False) == pytest.approx(expected, rel=0.01)


def test_stability_index_is_finite_for_new_and_missing_categories() -> None:
    index = stability_index(pandas.Series(["a", "b", None]), pandas.Series(["a", "c", None]), is_amount=False)
    assert 0 < index < math.inf


def test_drift_detects_a_changed_amount() -> None:
    frame = examples.frame(("202401",), 2000)
    same, lower = frame.tail(1000), frame.tail(1000).assign(applicant_income=frame["applicant_income"].tail(1000) * 0.5)
    unchanged = {row["feature"]: row["reading"] for row in performance_metrics.feature_drift(frame.head(1000), same)}
    assert unchanged == dict.fromkeys(pipeline.FEATURES, "stable")
    largest = performance_metrics.feature_drift(frame.head(1000), lower)[0]
    assert (largest["feature"], largest["reading"]) == ("applicant_income", "moved")


def test_drift_is_finite_for_an_amount_that_is_always_missing() -> None:
    frame = examples.frame(("202401",), 200)
    missing = frame.assign(applicant_income=None)
    for training, recent in ((missing, frame), (frame, missing), (missing, missing)):
        drift = performance_metrics.feature_drift(training, recent)
        assert all(math.isfinite(row["psi"]) for row in drift)


def test_drift_without_rows_to_compare_is_empty() -> None:
    frame = examples.frame(("202401",), 200)
    assert performance_metrics.feature_drift(frame.head(0), frame) == []
    assert performance_metrics.feature_drift(frame, frame.head(0)) == []
