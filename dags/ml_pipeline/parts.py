"""What the three tasks do: functions of files, without Airflow. The files are what they agree on:

| file           | what is in it                                                                        |
|----------------|--------------------------------------------------------------------------------------|
| `dataset.csv`  | columns of features, `label` (1: the loan defaulted), `split` (`train` or `test`)    |
| `model.joblib` | an object with `predict_proba(features)`, the second column of which is P(label = 1) |
| `metrics.json` | names and numbers                                                                    |

A part may be replaced by any other that reads and writes the same.
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


def preprocess(applications: pd.DataFrame, dataset: Path) -> None:
    """Applications in the order of their dates, each with its label → dataset.

    The test rows are the latest, not drawn at random: a model is asked about days to come.
    """
    rows = applications.drop(columns="applicant_date")
    first_test = round(len(rows) * (1 - TEST_SHARE))
    rows["split"] = ["train" if n < first_test else "test" for n in range(len(rows))]
    dataset.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(dataset, index=False)


def train(dataset: Path, model: Path) -> None:
    """Dataset → model. Encoders and imputers are inside it, so that whoever predicts cannot do otherwise."""
    features, labels = split_of(dataset, "train")
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    # A word that is missing is a category of its own; one that training has not seen is none of them.
    words = OneHotEncoder(handle_unknown="ignore")
    by_type = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (words, make_column_selector(dtype_exclude="number")),
    )
    fitted = make_pipeline(by_type, LogisticRegression(max_iter=1000)).fit(features, labels)
    joblib.dump(fitted, model)


def evaluate(dataset: Path, model: Path, metrics: Path) -> dict[str, float]:
    """Dataset and model → metrics, on the test rows."""
    features, labels = split_of(dataset, "test")
    probability = joblib.load(model).predict_proba(features)[:, 1]
    found = {
        "rows": len(labels),
        "default_rate": float(labels.mean()),
        "accuracy": float(accuracy_score(labels, probability > 0.5)),
        "roc_auc": float(roc_auc_score(labels, probability)),
    }
    metrics.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return found


def split_of(dataset: Path, split: str) -> tuple[pd.DataFrame, Any]:
    """The features and the labels of the rows of one split."""
    rows = pd.read_csv(dataset)
    rows = rows[rows["split"] == split]
    return rows.drop(columns=["label", "split"]), rows["label"]
