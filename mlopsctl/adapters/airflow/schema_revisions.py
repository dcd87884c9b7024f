"""Which release has written a metadata database, by the revision in its table `alembic_version`.

From `_REVISION_HEADS_MAP` in airflow/utils/db.py of 3.3.2: a release that is not listed has the schema of the one
before it.
"""

REVISIONS = {
    "405de8318b3a": "2.7",
    "10b52ebd31f7": "2.8",
    "88344c1d9134": "2.8",
    "1949afb29106": "2.9",
    "686269002441": "2.9",
    "22ed7efa9da2": "2.10",
    "5f2621c13b39": "2.10",  # 2.11 has the same
    "29ce7909c52b": "3.0",
    "fe199e1abd77": "3.0",
    "cc92b33c6709": "3.1",
    "509b94a1042d": "3.1",
    "1d6611b6ab7c": "3.2",
    "d2f4e1b3c5a7": "3.3",
}


def series_of(revision: str) -> str | None:
    """The release series, such as 3.1; None if the schema is older than 2.7, newer than 3.3, or of no release."""
    return REVISIONS.get(revision)
