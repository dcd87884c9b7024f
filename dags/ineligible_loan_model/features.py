"""The features of applications, in mlops.ineligible_loan_model_features. Training and prediction come here for both."""

from pathlib import Path

from support import feature_store

SQL = Path(__file__).parent / "sql"


def build(start: str, end: str) -> int:
    """Make the features of the days `start` … `end` (YYYYMMDD, inclusive) anew; how many applications have them.

    In one transaction: readers see the rows before or the rows after, never a part.
    """
    return feature_store.execute(
        feature_store.sql(SQL / "delete_features.sql"),
        feature_store.sql(SQL / "features.sql"),
        parameters={"start": start, "end": end},
    )
