"""The page of the weekly performance report."""

from typing import Any

from ineligible_loan_model.models import performance_report

from tests.dags.ineligible_loan_model.models.page_check import check_page

REPORT: dict[str, Any] = {
    "as_of": "20240708",
    "version": "1.1.0",
    "rows": 12,
    "weeks": [
        {"week": f"2024-01-{d:02}", "rows": 6, "predicted": 0.2, "observed": 0.3, "accuracy": 0.8, "brier": 0.1}
        for d in (1, 8)
    ],
    "recent_from": "20240610",
    "recent_to": "20240707",
    "recent_rows": 140,
    "drift": [{"feature": "applicant_income", "psi": 0.3, "reading": "moved"}],
}


def test_page_shows_weeks_and_drift() -> None:
    text = check_page(performance_report.render("m", REPORT), plots=2)
    for value in ("m: 20240708", "2024-01-08", "applicant_income", "moved"):
        assert value in text


def test_values_are_escaped() -> None:
    report = REPORT | {"drift": [{"feature": "<b>", "psi": 0.3, "reading": "moved"}]}
    text = check_page(performance_report.render("m", report), plots=2)
    assert "&lt;b&gt;" in text and "<b>" not in text


def test_page_says_if_there_are_no_features_to_compare() -> None:
    report = REPORT | {"drift": [], "recent_from": None, "recent_to": None, "recent_rows": 0}
    text = check_page(performance_report.render("m", report), plots=2)
    assert "Not measured" in text and "None" not in text
