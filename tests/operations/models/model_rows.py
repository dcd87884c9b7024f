"""The history of a model, as the feature store holds it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mlopsctl.operations.models.versions import ModelDecision, ModelVersion, RegisteredModel, role_of

BORN = datetime(2024, 3, 1, 9, tzinfo=UTC)
LIFT = [3.4, 2.7, 2.3, 2.0, 1.75, 1.5, 1.32, 1.2, 1.1, 1.0]
CALIBRATION = [
    {"predicted": 0.04, "observed": 0.05, "rows": 60},
    {"predicted": 0.3, "observed": 0.25, "rows": 50},
    {"predicted": 0.9, "observed": 1.0, "rows": 35},
]
METRICS: dict[str, Any] = {
    "holdout_from": "20231201", "holdout_to": "20231231", "rows": 1145, "default_rate": 0.2141, "accuracy": 0.8483,
    "roc_auc": 0.7812, "brier": 0.1289, "lift": LIFT, "top_decile_lift": 3.4, "calibration": CALIBRATION,
    "champion": None,
}  # fmt: skip


def decisions(*given: str) -> tuple[ModelDecision, ...]:
    """`champion 1.0.0`, an hour apart."""
    pairs = [text.split() for text in given]
    return tuple(
        ModelDecision(version, decision, f"reason {n}", "kim", BORN + timedelta(hours=n + 1))
        for n, (decision, version) in enumerate(pairs)
    )


def version(number: str, decided: tuple[ModelDecision, ...] = (), **changes: Any) -> ModelVersion:
    role, since = role_of(number, BORN, decided)
    found = ModelVersion(
        "loan", number, role, since, f"loan/{number}/model.joblib", "0" * 64, ("income", "area"), date(2023, 6, 1),
        date(2023, 11, 30), 990, BORN, date(2024, 2, 29), BORN, BORN + timedelta(seconds=3), METRICS,
        tuple(d for d in decided if d.version == number),
    )  # fmt: skip
    return replace(found, **changes)


def model(*given: str, numbers: tuple[str, ...] = ("1.2.0", "1.1.0", "1.0.0")) -> RegisteredModel:
    decided = decisions(*given)
    return RegisteredModel("loan", tuple(version(n, decided) for n in numbers), decided)
