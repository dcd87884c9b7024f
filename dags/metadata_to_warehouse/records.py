"""Airflow's objects, as its REST API gives them, as rows of the warehouse. No Airflow in here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")
Json = Mapping[str, Any]


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
