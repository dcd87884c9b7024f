"""Converts objects of Airflow's REST API to rows of the warehouse. Does not import Airflow."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")
# Final states in Airflow's API. An end date alone is not enough: a cleared task has no state, but keeps its previous
# end date until it starts again.
RUN_STATES = ("success", "failed")
TASK_STATES = (*RUN_STATES, "skipped", "upstream_failed", "removed")
Json = Mapping[str, Any]


def ended_between(start: datetime, end: datetime, states: Sequence[str]) -> dict[str, Any]:
    """The query parameters for what ended at or after `start` and before `end`, ordered by end date."""
    bounds = {"end_date_gte": start.isoformat(), "end_date_lt": end.isoformat()}
    return bounds | {"state": list(states), "order_by": "end_date"}


def to_seoul(moment: str | datetime | None) -> datetime | None:
    """Convert to a naive datetime in Asia/Seoul, for MariaDB's DATETIME."""
    if moment is None:
        return None
    aware = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return aware.astimezone(SEOUL).replace(tzinfo=None)


def dag_run(record: Json) -> dict[str, Any]:
    return {
        "dag_id": record["dag_id"],
        "run_id": record["dag_run_id"],
        "run_type": record["run_type"],
        "state": record["state"],
        "logical_date": to_seoul(record["logical_date"]),
        "queued_at": to_seoul(record["queued_at"]),
        "started": to_seoul(record["start_date"]),
        "ended": to_seoul(record["end_date"]),
        "seconds": record["duration"],
    }


def task_instance(record: Json) -> dict[str, Any]:
    return {
        "dag_id": record["dag_id"],
        "run_id": record["dag_run_id"],
        "task_id": record["task_id"],
        "map_index": record["map_index"],
        "try_number": record["try_number"],
        "state": record["state"],
        "operator": record["operator"],
        "queued_at": to_seoul(record["queued_when"]),
        "started": to_seoul(record["start_date"]),
        "ended": to_seoul(record["end_date"]),
        "seconds": record["duration"],
    }
