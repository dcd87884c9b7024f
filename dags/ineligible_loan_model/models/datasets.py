"""The rows that models are trained and evaluated on, from the feature store."""

from pathlib import Path
from typing import TYPE_CHECKING

from support import feature_store

from ineligible_loan_model.models.training_window import LABEL_DAYS, TrainingWindow

if TYPE_CHECKING:
    from pandas import DataFrame

SQL = Path(__file__).parent / "sql"


def latest_day(before: str) -> str | None:
    """The latest loaded day before `before`. Looks at customers: they have rows for every day, applications may not."""
    day: str | None = feature_store.fetch_value(SQL / "latest_day.sql", {"before": before})
    return day


def count_days(start: str, end: str) -> int:
    """How many of the days `start` … `end` (inclusive) have been loaded."""
    return int(feature_store.fetch_value(SQL / "count_days.sql", {"start": start, "end": end}))


def write_training_set(window: TrainingWindow) -> int:
    """Store the features and labels of the window under its `base_ym`; return the number of rows."""
    return feature_store.execute(
        SQL / "delete_training_set.sql", SQL / "insert_training_set.sql", parameters=_parameters(window)
    )


def read_training_set(window: TrainingWindow) -> "DataFrame":
    """The rows stored by `write_training_set`, with the application date as `base_dt`."""
    return feature_store.fetch_frame(SQL / "read_training_set.sql", _parameters(window))


def read_features(start: str, end: str) -> "DataFrame":
    """The features of the days `start` … `end` (inclusive)."""
    return feature_store.fetch_frame(SQL / "read_features.sql", {"start": start, "end": end})


def read_latest_features(days: int, before: str = "99999999") -> "DataFrame":
    """The features of the latest `days` days before `before` that have any."""
    return feature_store.fetch_frame(SQL / "read_latest_features.sql", {"days": days, "before": before})


def _parameters(window: TrainingWindow) -> dict[str, object]:
    return {
        "base_ym": window.base_ym,
        "as_of": window.as_of,
        "data_from": window.data_from,
        "data_to": window.data_to,
        "label_days": LABEL_DAYS,
    }
