"""The three steps, on files."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ml_pipeline import steps


@pytest.fixture
def applications() -> pd.DataFrame:
    """400 applications ordered by date; those without a credit history default more often."""
    rng = np.random.default_rng(7)
    history = rng.choice([0.0, 1.0], 400, p=[0.2, 0.8])
    return pd.DataFrame(
        {
            "applicant_date": np.repeat([f"202308{day:02}" for day in range(1, 21)], 20),
            "gender": ["Male" if number < 0.5 else None for number in rng.random(400)],
            "applicant_income": rng.integers(1000, 9000, 400),
            "loan_amount": np.where(rng.random(400) < 0.1, np.nan, rng.integers(50, 300, 400)),
            "credit_history": history,
            "label": (rng.random(400) < np.where(history == 1, 0.1, 0.8)).astype(int),
        }
    )


def test_test_rows_are_the_latest(applications: pd.DataFrame, tmp_path: Path) -> None:
    steps.preprocess(applications, tmp_path / "run" / "dataset.csv")
    rows = pd.read_csv(tmp_path / "run" / "dataset.csv")
    assert list(rows.columns) == ["gender", "applicant_income", "loan_amount", "credit_history", "label", "split"]
    assert list(rows["split"]) == ["train"] * 300 + ["test"] * 100
    assert list(rows["label"]) == list(applications["label"])


def test_steps_lead_from_applications_to_metrics(applications: pd.DataFrame, tmp_path: Path) -> None:
    dataset, model, metrics = (tmp_path / name for name in ("dataset.csv", "model.joblib", "metrics.json"))
    steps.preprocess(applications, dataset)
    steps.train(dataset, model)
    values = steps.evaluate(dataset, model, metrics)
    assert json.loads(metrics.read_text()) == values
    assert values["rows"] == 100
    assert values["default_rate"] == applications["label"][300:].mean()
    assert values["roc_auc"] and values["roc_auc"] > 0.7  # the model has learnt from the credit history
    assert values["accuracy"] and values["accuracy"] > 0.75


def test_training_step_can_be_replaced(applications: pd.DataFrame, tmp_path: Path) -> None:
    import joblib
    from sklearn.dummy import DummyClassifier

    dataset, model = tmp_path / "dataset.csv", tmp_path / "model.joblib"
    steps.preprocess(applications, dataset)
    joblib.dump(DummyClassifier(strategy="prior").fit(*steps.read_split(dataset, "train")), model)
    assert steps.evaluate(dataset, model, tmp_path / "metrics.json")["roc_auc"] == 0.5


def test_category_not_seen_in_training_is_ignored(applications: pd.DataFrame, tmp_path: Path) -> None:
    applications.loc[399, "gender"] = "Other"
    dataset, model = tmp_path / "dataset.csv", tmp_path / "model.joblib"
    steps.preprocess(applications, dataset)
    steps.train(dataset, model)
    assert steps.evaluate(dataset, model, tmp_path / "metrics.json")["rows"] == 100


@pytest.mark.parametrize("label", [0, 1])
def test_roc_auc_of_test_rows_with_one_label_is_null(applications: pd.DataFrame, tmp_path: Path, label: int) -> None:
    applications.loc[300:, "label"] = label
    dataset, model, metrics = (tmp_path / name for name in ("dataset.csv", "model.joblib", "metrics.json"))
    steps.preprocess(applications, dataset)
    steps.train(dataset, model)
    values = steps.evaluate(dataset, model, metrics)
    assert (values["rows"], values["default_rate"], values["roc_auc"]) == (100, label, None)
    assert "NaN" not in json.dumps(values)
    assert json.loads(metrics.read_text()) == values


@pytest.mark.parametrize("rows", range(4))
def test_three_rows_are_the_fewest_that_can_be_evaluated(applications: pd.DataFrame, tmp_path: Path, rows: int) -> None:
    few = applications.head(rows).assign(label=[0, 1, 0][:rows])
    dataset, model = tmp_path / "dataset.csv", tmp_path / "model.joblib"
    if rows < 3:
        with pytest.raises(steps.NotEnoughLabels, match=f"At least 3 are required, not {rows}"):
            steps.preprocess(few, dataset)
        assert not dataset.exists()
    else:
        steps.preprocess(few, dataset)
        steps.train(dataset, model)
        assert steps.evaluate(dataset, model, tmp_path / "metrics.json")["rows"] == 1


@pytest.mark.parametrize(("label", "quantity"), [(0, "None"), (1, "All")])
def test_training_rows_with_one_label_raise(
    applications: pd.DataFrame, tmp_path: Path, label: int, quantity: str
) -> None:
    applications.loc[:299, "label"] = label
    with pytest.raises(steps.NotEnoughLabels, match=f"^{quantity} of the 300 to train on defaulted"):
        steps.preprocess(applications, tmp_path / "dataset.csv")
