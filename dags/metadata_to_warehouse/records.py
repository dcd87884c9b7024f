"""Airflow's objects, as its REST API gives them, as rows of the warehouse. No Airflow in here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")
# The states of what has ended for good, as Airflow's API spells them. The end alone does not say it: a task that was
# cleared has no state, and keeps the time at which it ended before until it starts again.
RUN_STATES = ("success", "failed")
TASK_STATES = (*RUN_STATES, "skipped", "upstream_failed", "removed")
Json = Mapping[str, Any]


def ended(start: datetime, end: datetime, states: Sequence[str]) -> dict[str, Any]:
    """What to ask Airflow for: all that ended from `start` until just before `end`, in the order in which it did."""
    moments = {"end_date_gte": start.isoformat(), "end_date_lt": end.isoformat()}
    return moments | {"state": list(states), "order_by": "end_date"}


def seoul(moment: str | datetime | None) -> datetime | None:
    """The time in Asia/Seoul, without its zone, as MariaDB's DATETIME holds it."""
    if moment is None:
        return None
    aware = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return aware.astimezone(SEOUL).replace(tzinfo=None)


def dag_run(raw: Json) -> dict[str, Any]:
    return {
        "dag_id": raw["dag_id"],
        "run_id": raw["dag_run_id"],
        "run_type": raw["run_type"],
        "state": raw["state"],
        "logical_date": seoul(raw["logical_date"]),
        "queued_at": seoul(raw["queued_at"]),
        "started": seoul(raw["start_date"]),
        "ended": seoul(raw["end_date"]),
        "seconds": raw["duration"],
    }


def task_instance(raw: Json) -> dict[str, Any]:
    return {
        "dag_id": raw["dag_id"],
        "run_id": raw["dag_run_id"],
        "task_id": raw["task_id"],
        "map_index": raw["map_index"],
        "try_number": raw["try_number"],
        "state": raw["state"],
        "operator": raw["operator"],
        "queued_at": seoul(raw["queued_when"]),
        "started": seoul(raw["start_date"]),
        "ended": seoul(raw["end_date"]),
        "seconds": raw["duration"],
    }
