"""The rows that models are trained and tried on, from the feature store."""

from pathlib import Path
from typing import TYPE_CHECKING

from support import feature_store

from ineligible_loan_model.models.window import LABEL_DAYS, Window

if TYPE_CHECKING:
    from pandas import DataFrame

SQL = Path(__file__).parent / "sql"


def newest_day(before: str) -> str | None:
    """The last day before `before` of which customers have arrived. They do on every day, applications may not."""
    found = feature_store.rows(feature_store.sql(SQL / "newest_day.sql"), {"before": before})
    newest: str | None = found[0][0]
    return newest


def days_there(start: str, end: str) -> int:
    """How many of the days `start` … `end` (inclusive) have arrived."""
    found = feature_store.rows(feature_store.sql(SQL / "days_there.sql"), {"start": start, "end": end})
    return int(found[0][0])


def write_training_set(window: Window) -> int:
    """Put features and labels of the window's months together under its base_ym; how many rows."""
    return feature_store.execute(
        feature_store.sql(SQL / "delete_training_set.sql"),
        feature_store.sql(SQL / "insert_training_set.sql"),
        parameters=_parameters(window),
    )


def training_set(window: Window) -> "DataFrame":
    """What `write_training_set` wrote, each row with the day of its application, `base_dt`."""
    return feature_store.frame(feature_store.sql(SQL / "read_training_set.sql"), _parameters(window))


def features(start: str, end: str) -> "DataFrame":
    """All features of the days `start` … `end` (inclusive)."""
    return feature_store.frame(feature_store.sql(SQL / "read_features.sql"), {"start": start, "end": end})


def latest_features(days: int, before: str = "99999999") -> "DataFrame":
    """The features of the newest `days` days before `before` that have any."""
    return feature_store.frame(feature_store.sql(SQL / "read_latest_features.sql"), {"days": days, "before": before})


def _parameters(window: Window) -> dict[str, object]:
    return {
        "base_ym": window.base_ym,
        "as_of": window.as_of,
        "data_from": window.data_from,
        "data_to": window.data_to,
        "label_days": LABEL_DAYS,
    }
