"""The three parts on files, without Airflow."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ml_pipeline import parts


@pytest.fixture
def applications() -> pd.DataFrame:
    """400 applications in the order of their dates; those without a credit history default more often."""
    dice = np.random.default_rng(7)
    history = dice.choice([0.0, 1.0], 400, p=[0.2, 0.8])
    return pd.DataFrame(
        {
            "applicant_date": np.repeat([f"202308{day:02}" for day in range(1, 21)], 20),
            "gender": ["Male" if share < 0.5 else None for share in dice.random(400)],
            "applicant_income": dice.integers(1000, 9000, 400),
            "loan_amount": np.where(dice.random(400) < 0.1, np.nan, dice.integers(50, 300, 400)),
            "credit_history": history,
            "label": (dice.random(400) < np.where(history == 1, 0.1, 0.8)).astype(int),
        }
    )


def test_the_test_rows_are_the_latest(applications: pd.DataFrame, tmp_path: Path) -> None:
    parts.preprocess(applications, tmp_path / "run" / "dataset.csv")
    rows = pd.read_csv(tmp_path / "run" / "dataset.csv")
    assert list(rows.columns) == ["gender", "applicant_income", "loan_amount", "credit_history", "label", "split"]
    assert list(rows["split"]) == ["train"] * 300 + ["test"] * 100
    assert list(rows["label"]) == list(applications["label"])


def test_from_applications_to_metrics(applications: pd.DataFrame, tmp_path: Path) -> None:
    dataset, model, metrics = (tmp_path / name for name in ("dataset.csv", "model.joblib", "metrics.json"))
    parts.preprocess(applications, dataset)
    parts.train(dataset, model)
    found = parts.evaluate(dataset, model, metrics)
    assert json.loads(metrics.read_text()) == found
    assert found["rows"] == 100
    assert found["default_rate"] == applications["label"][300:].mean()
    assert found["roc_auc"] > 0.7  # it has learnt what the credit history means
    assert found["accuracy"] > 0.75


def test_a_model_of_another_kind_fits_in(applications: pd.DataFrame, tmp_path: Path) -> None:
    """What stands in for `train` reads and writes the same files, and nothing else is touched."""
    import joblib
    from sklearn.dummy import DummyClassifier

    dataset, model = tmp_path / "dataset.csv", tmp_path / "model.joblib"
    parts.preprocess(applications, dataset)
    joblib.dump(DummyClassifier(strategy="prior").fit(*parts.split_of(dataset, "train")), model)
    assert parts.evaluate(dataset, model, tmp_path / "metrics.json")["roc_auc"] == 0.5


def test_a_category_that_training_has_not_seen_is_no_error(applications: pd.DataFrame, tmp_path: Path) -> None:
    applications.loc[399, "gender"] = "Other"
    dataset, model = tmp_path / "dataset.csv", tmp_path / "model.joblib"
    parts.preprocess(applications, dataset)
    parts.train(dataset, model)
    assert parts.evaluate(dataset, model, tmp_path / "metrics.json")["rows"] == 100
