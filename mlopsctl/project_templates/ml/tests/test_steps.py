"""The steps of the pipeline on a hundred made-up loans, of which those with a bad credit history default."""

from pathlib import Path

import pandas as pd
import pytest
from my_project import steps


def loan(number: int, **values: object) -> dict[str, object]:
    return {
        "applicant_id": f"{number:010d}", "gender": "Male", "married": "Yes", "education": "Graduate",
        "self_employed": None, "applicant_income": 5000 + number, "coapplicant_income": 0, "loan_amount": 100,
        "loan_amount_term": 360, "credit_history": float(number % 4 != 0), "property_area": "Urban",
        "label": int(number % 4 == 0), **values,
    }  # fmt: skip


@pytest.fixture
def loans(tmp_path: Path) -> Path:
    file = tmp_path / "loans.csv"
    pd.DataFrame([loan(number) for number in range(100)]).to_csv(file, index=False)
    return file


@pytest.fixture
def model(loans: Path) -> Path:
    file = loans.with_name("model.joblib")
    steps.train(loans, file)
    return file


def predict(model: Path, *rows: dict[str, object]) -> list[tuple[str, float]]:
    file = model.with_name("applications.csv")
    pd.DataFrame(rows, columns=list(loan(0))).drop(columns="label").to_csv(file, index=False)
    return steps.predict(file, model)


def test_training_ends_with_the_last_loan_whose_outcome_is_known() -> None:
    assert steps.training_window("20231201") == {"day": "20231201", "first": "20230604", "last": "20230902"}


def test_test_rows_are_the_latest(loans: Path) -> None:
    training, test = steps.split(loans)
    assert (len(training), len(test)) == (75, 25)
    assert training["applicant_id"].max() < test["applicant_id"].min()


def test_model_learns_what_makes_loans_default(loans: Path, model: Path) -> None:
    metrics = steps.evaluate(loans, model)
    assert (metrics["rows"], metrics["roc_auc"], metrics["accuracy"]) == (25, 1.0, 1.0)


def test_prediction_has_a_probability_per_application(model: Path) -> None:
    (bad, good) = predict(model, loan(1, credit_history=0.0), loan(2, credit_history=1.0))
    assert (bad[0], good[0]) == ("0000000001", "0000000002")
    assert 0 <= good[1] < 0.5 < bad[1] <= 1


def test_prediction_accepts_missing_and_unknown_values(model: Path) -> None:
    ((_, probability),) = predict(model, loan(1, gender=None, property_area="Moon", applicant_income=None))
    assert 0 <= probability <= 1


def test_training_on_one_outcome_is_an_error(loans: Path) -> None:
    pd.DataFrame([loan(number, label=0) for number in range(20)]).to_csv(loans, index=False)
    with pytest.raises(ValueError, match="both outcomes"):
        steps.train(loans, loans.with_name("model.joblib"))
