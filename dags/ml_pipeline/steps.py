"""The functions run by the three tasks. They do not use Airflow, and pass data through files:

| file           | content                                                                              |
|----------------|--------------------------------------------------------------------------------------|
| `dataset.csv`  | feature columns, `label` (1: the loan defaulted), `split` (`train` or `test`)        |
| `model.joblib` | an object with `predict_proba(features)`, the second column of which is P(label = 1) |
| `metrics.json` | metric names and values; null for a metric that the test rows do not define          |

Each step can be replaced by another one that reads and writes the same files. They are opened by the methods of their
paths, which may be paths of an object storage (support/files.py).
"""

import json
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

TEST_SHARE = 0.25
MIN_ROWS = 3  # with fewer, no row is left to test


class NotEnoughLabels(Exception):
    """No model can be trained on the training rows, or there are no test rows."""


def preprocess(applications: pd.DataFrame, dataset: Path) -> None:
    """Split labelled applications, ordered by date, into training and test rows.

    The test rows are the latest ones, not a random sample, because the model will predict future applications.
    Raises NotEnoughLabels.
    """
    rows = applications.drop(columns="applicant_date")
    first_test = round(len(rows) * (1 - TEST_SHARE))
    rows["split"] = ["train" if n < first_test else "test" for n in range(len(rows))]
    if len(rows) < MIN_ROWS:
        raise NotEnoughLabels(f"At least {MIN_ROWS} are required, not {len(rows)}.")
    if rows["label"][:first_test].nunique() < 2:
        defaulted = "All" if rows["label"].iloc[0] else "None"
        raise NotEnoughLabels(f"{defaulted} of the {first_test} to train on defaulted: a model needs both outcomes.")
    dataset.parent.mkdir(parents=True, exist_ok=True)
    with dataset.open("w", encoding="utf-8", newline="") as file:
        rows.to_csv(file, index=False)


def train(dataset: Path, model: Path) -> None:
    """Fit a model. It contains the encoders and imputers, so prediction cannot preprocess differently."""
    features, labels = read_split(dataset, "train")
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    # A missing value is a category of its own; a value not seen in training belongs to no category.
    categories = OneHotEncoder(handle_unknown="ignore")
    by_type = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (categories, make_column_selector(dtype_exclude="number")),
    )
    fitted = make_pipeline(by_type, LogisticRegression(max_iter=1000)).fit(features, labels)
    with model.open("wb") as file:
        joblib.dump(fitted, file)


def evaluate(dataset: Path, model: Path, metrics: Path) -> dict[str, float | None]:
    """Compute the metrics of a model on the test rows.

    If all of them have the same label, ROC AUC is not defined and None: neither JSON nor an XCom can hold NaN.
    """
    features, labels = read_split(dataset, "test")
    with model.open("rb") as file:
        probability = joblib.load(file).predict_proba(features)[:, 1]
    values: dict[str, float | None] = {
        "rows": len(labels),
        "default_rate": float(labels.mean()),
        "accuracy": float(accuracy_score(labels, probability > 0.5)),
        "roc_auc": float(roc_auc_score(labels, probability)) if labels.nunique() == 2 else None,
    }
    metrics.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    return values


def read_split(dataset: Path, split: str) -> tuple[pd.DataFrame, Any]:
    """The features and the labels of one split."""
    with dataset.open(encoding="utf-8") as file:
        rows = pd.read_csv(file)
    rows = rows[rows["split"] == split]
    return rows.drop(columns=["label", "split"]), rows["label"]
