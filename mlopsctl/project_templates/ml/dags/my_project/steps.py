"""What the tasks run. Nothing here uses Airflow, so the tests need no platform."""

from datetime import datetime, timedelta
from pathlib import Path

import joblib
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

LABEL_DAYS = 90  # a loan counts as defaulted if its default is registered within this many days of the application
TRAINING_DAYS = 91
TEST_SHARE = 0.25
NUMBERS = ["applicant_income", "coapplicant_income", "loan_amount", "loan_amount_term", "credit_history"]
CATEGORIES = ["gender", "married", "education", "self_employed", "property_area"]


def training_window(day: str) -> dict[str, str]:
    """The first and the last day of the loans whose outcome is known on a day. All are YYYYMMDD."""
    last = datetime.strptime(day, "%Y%m%d") - timedelta(days=LABEL_DAYS)
    first = last - timedelta(days=TRAINING_DAYS - 1)
    return {"day": day, "first": f"{first:%Y%m%d}", "last": f"{last:%Y%m%d}"}


def train(loans: Path, model: Path) -> None:
    """Fit a model. It contains the encoders and imputers, so prediction cannot prepare the features differently."""
    rows, _ = split(loans)
    if rows["label"].nunique() < 2:
        raise ValueError(f"A model needs loans of both outcomes: {len(rows)} loans, {rows['label'].sum()} defaults.")
    by_type = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
        (OneHotEncoder(handle_unknown="ignore"), CATEGORIES),
    )
    fitted = make_pipeline(by_type, LogisticRegression(max_iter=1000)).fit(features(rows), rows["label"])
    joblib.dump(fitted, model)


def evaluate(loans: Path, model: Path) -> dict[str, float | None]:
    """The metrics on the test rows. ROC AUC is None if all of them have the same outcome, because it is not defined."""
    _, rows = split(loans)
    probability = joblib.load(model).predict_proba(features(rows))[:, 1]
    both = rows["label"].nunique() == 2
    return {
        "rows": len(rows),
        "default_rate": float(rows["label"].mean()),
        "accuracy": float(accuracy_score(rows["label"], probability > 0.5)),
        "roc_auc": float(roc_auc_score(rows["label"], probability)) if both else None,
    }


def predict(applications: Path, model: Path) -> list[tuple[str, float]]:
    """The id of each application, and the probability that it defaults."""
    rows = pd.read_csv(applications, dtype={"applicant_id": str})
    probability = joblib.load(model).predict_proba(features(rows))[:, 1]
    return list(zip(rows["applicant_id"], map(float, probability), strict=True))


def split(loans: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and test rows. The test rows are the latest, because the model predicts future applications."""
    rows = pd.read_csv(loans)
    first_test = round(len(rows) * (1 - TEST_SHARE))
    return rows[:first_test], rows[first_test:]


def features(rows: pd.DataFrame) -> pd.DataFrame:
    """What the model sees. A missing category is a category of its own."""
    return rows[NUMBERS].astype(float).join(rows[CATEGORIES].astype(object).fillna("missing").astype(str))
