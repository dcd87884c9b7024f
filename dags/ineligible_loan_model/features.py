"""Builds the features of applications in mlops.ineligible_loan_model_features, for training and for prediction."""

from pathlib import Path

from support import feature_store

SQL = Path(__file__).parent / "sql"


def build(start: str, end: str) -> int:
    """Rebuild the features of the days `start` … `end` (YYYYMMDD, inclusive); return the number of rows.

    In one transaction: readers see either the previous rows or the new ones.
    """
    return feature_store.execute(
        SQL / "delete_features.sql", SQL / "insert_features.sql", parameters={"start": start, "end": end}
    )
