"""Paths and common parameters of Airflow's API v2, and of its FAB auth manager."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

ROOT = "/api/v2"
HEALTH = f"{ROOT}/monitor/health"
DAGS = f"{ROOT}/dags"
IMPORT_ERRORS = f"{ROOT}/importErrors"
BACKFILLS = f"{ROOT}/backfills"
CONNECTIONS = f"{ROOT}/connections"
VARIABLES = f"{ROOT}/variables"
USERS = "/auth/fab/v1/users"
ROLES = "/auth/fab/v1/roles"
ALL = "~"  # as an id: all of them


def dag(dag_id: str) -> str:
    return f"{DAGS}/{quote(dag_id, safe='')}"


def runs(dag_id: str) -> str:
    return f"{dag(dag_id)}/dagRuns"


def run(dag_id: str, run_id: str) -> str:
    return f"{runs(dag_id)}/{quote(run_id, safe='')}"


def tasks(dag_id: str, run_id: str = ALL) -> str:
    return f"{run(dag_id, run_id)}/taskInstances"


def user(username: str) -> str:
    return f"{USERS}/{quote(username, safe='')}"


def between(start: datetime | None, end: datetime | None, states: Sequence[str]) -> dict[str, Any]:
    """Parameters for runs, or their tasks, with logical dates from `start` to `end`, both inclusive."""
    params: dict[str, Any] = {"state": list(states)} if states else {}
    if start:
        params["logical_date_gte"] = start.isoformat()
    if end:
        params["logical_date_lte"] = end.isoformat()
    return params
