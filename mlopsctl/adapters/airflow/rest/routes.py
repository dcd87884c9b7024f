"""Where things stand in Airflow's REST API, and which of them are asked for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

ROOT = "/api/v2"
HEALTH = f"{ROOT}/monitor/health"


def dag(dag_id: str) -> str:
    """`~`: all of them."""
    return f"{ROOT}/dags/{quote(dag_id, safe='~')}"


def runs(dag_id: str) -> str:
    return f"{dag(dag_id)}/dagRuns"


def run(dag_id: str, run_id: str) -> str:
    return f"{runs(dag_id)}/{quote(run_id, safe='')}"


def between(start: datetime | None, end: datetime | None, states: Sequence[str]) -> dict[str, Any]:
    """Parameters for runs, or their tasks, with logical dates from `start` to `end`, both inclusive."""
    params: dict[str, Any] = {"state": list(states)} if states else {}
    if start:
        params["logical_date_gte"] = start.isoformat()
    if end:
        params["logical_date_lte"] = end.isoformat()
    return params
