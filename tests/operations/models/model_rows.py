"""A model's history, as the feature store would tell it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mlopsctl.operations.models.versions import Decision, Model, Version, role_of

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


def decisions(*said: str) -> tuple[Decision, ...]:
    """`champion 1.0.0`, an hour apart."""
    pairs = [word.split() for word in said]
    return tuple(
        Decision(version, decision, f"reason {n}", "kim", BORN + timedelta(hours=n + 1))
        for n, (decision, version) in enumerate(pairs)
    )


def version(number: str, decided: tuple[Decision, ...] = (), **words: Any) -> Version:
    role, since = role_of(number, BORN, decided)
    made = Version(
        "loan", number, role, since, f"loan/{number}/model.joblib", "0" * 64, ("income", "area"), date(2023, 6, 1),
        date(2023, 11, 30), 990, BORN, date(2024, 2, 29), BORN, BORN + timedelta(seconds=3), METRICS,
        tuple(d for d in decided if d.version == number),
    )  # fmt: skip
    return replace(made, **words)


def model(*said: str, numbers: tuple[str, ...] = ("1.2.0", "1.1.0", "1.0.0")) -> Model:
    decided = decisions(*said)
    return Model("loan", tuple(version(n, decided) for n in numbers), decided)
