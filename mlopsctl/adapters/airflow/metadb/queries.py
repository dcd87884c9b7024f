"""What the groups of metadata queries share."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any

# The latest version of a DAG as the dag-processor serialized it. Its time zone is a name, or an offset in seconds.
LATEST_SERIALIZED_DAG = """
    SELECT s.data -> 'dag' ->> 'timezone' AS timezone, s.data -> 'dag' -> 'timetable' AS timetable,
      s.data -> 'dag' -> 'dag_dependencies' AS dag_dependencies FROM serialized_dag s
    JOIN dag_version v ON v.id = s.dag_version_id WHERE s.dag_id = {} ORDER BY v.version_number DESC LIMIT 1"""

# Airflow 2 has `is_active` instead of `is_stale`.
DAG_IDS = """
SELECT dag_id FROM dag, LATERAL (SELECT to_jsonb(dag) AS fields) f
WHERE coalesce((fields ->> 'is_active')::boolean, NOT (fields ->> 'is_stale')::boolean) ORDER BY dag_id"""


class Queries(ABC):
    """A group of queries. MetadataDatabase runs them."""

    @abstractmethod
    def query_json(self, sql: str) -> list[Any]:
        """The rows of a query whose answer is one JSON array. Raises Unavailable."""


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def timezone_name(timezone: str) -> str:
    """Airflow serializes a fixed offset as its seconds."""
    try:
        minutes = int(timezone) // 60
    except ValueError:
        return timezone
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
