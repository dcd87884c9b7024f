"""The JSON of Airflow's API as the types of `core/model.py`."""

import json
from datetime import datetime
from typing import Any

from mlopsctl.adapters.airflow.run_owner import cancelled_owner, owner
from mlopsctl.core.model import (
    ActiveTask,
    AssetConsumer,
    AssetEvent,
    ComponentHealth,
    Connection,
    DagRun,
    ImportErrorReport,
    Interval,
    LastRun,
    Param,
    TaskDates,
    TaskInstance,
    User,
    Variable,
)
from mlopsctl.core.states import Health, RunState, TaskState

Json = dict[str, Any]
DEFAULT_MAX_ACTIVE_RUNS = 16  # [core] max_active_runs_per_dag


def instant(text: str | None) -> datetime | None:
    """An aware instant; Airflow writes UTC as `Z`."""
    return datetime.fromisoformat(text) if text else None


def interval(raw: Json, prefix: str) -> Interval | None:
    start, end = instant(raw.get(f"{prefix}_start")), instant(raw.get(f"{prefix}_end"))
    return (start, end) if start and end else None


def has_empty_intervals(raw: Json, schedule: str | None) -> bool:
    """Whether the data intervals of a DAG are empty: if the next run's is, all are. Without a schedule, every run's
    is."""
    following = interval(raw, "next_dagrun_data_interval")
    return following[0] == following[1] if following else schedule is None


def params(raw: Json) -> tuple[Param, ...]:
    """Those of a DAG: each with its schema, or its value alone."""
    described = {name: given if isinstance(given, dict) and "schema" in given else {"value": given}
                 for name, given in raw.items()}  # fmt: skip
    return tuple(Param(name, given.get("value"), given.get("schema") or {}) for name, given in described.items())


def component(name: str, raw: Json) -> ComponentHealth:
    """`status` is null for a component that has never run."""
    status = raw["status"]
    return ComponentHealth(Health(status) if status else None, instant(raw.get(f"latest_{name}_heartbeat")))


def run(raw: Json) -> DagRun:
    return DagRun(
        run_id=raw["dag_run_id"],
        logical_date=instant(raw["logical_date"]),
        state=RunState(raw["state"]),
        run_type=raw["run_type"],
        start=instant(raw["start_date"]),
        end=instant(raw["end_date"]),
        interval=interval(raw, "data_interval"),
        owner=owner(raw["dag_run_id"], raw.get("note")),
        dag_id=raw.get("dag_id") or "",
        queued=instant(raw.get("queued_at")),
        cancelled_by=cancelled_owner(raw.get("note")),
    )


def last_run(raw: Json) -> LastRun:
    return LastRun(raw["dag_id"], (raw["logical_date"] or raw["run_after"])[:10], RunState(raw["state"]))


def active_task(raw: Json) -> ActiveTask:
    day = (raw["logical_date"] or raw["run_after"])[:10]
    return ActiveTask(raw["dag_id"], raw["task_id"], day, instant(raw["start_date"]), instant(raw["end_date"]))


def task_instance(raw: Json) -> TaskInstance:
    return TaskInstance(
        raw["task_id"],
        TaskState(raw["state"] or ""),
        raw["try_number"],
        raw["map_index"],
        instant(raw["end_date"]),
        raw.get("dag_run_id") or "",
        raw.get("duration"),
        raw.get("pool") or "",
        raw.get("pool_slots") or 1,
    )


def task_dates(raw: Json) -> TaskDates:
    downstream = tuple(raw.get("downstream_task_ids") or ())
    start, end = instant(raw.get("start_date")), instant(raw.get("end_date"))
    return TaskDates(raw["task_id"], start, end, downstream, raw.get("trigger_rule") != "always")


def consumers(raw: Json, dag_id: str, asset: str, dags: list[Json]) -> list[AssetConsumer]:
    """Of one asset, if tasks of the DAG update it. `dags`: those that wait for it."""
    if not any(task["dag_id"] == dag_id for task in raw["producing_tasks"]):
        return []
    return [AssetConsumer(asset, dag["dag_id"]) for dag in dags]


def asset_event(raw: Json, asset: str) -> AssetEvent:
    """`asset`: its name, or its URI in Airflow 2."""
    return AssetEvent(asset, raw["source_run_id"] or "", frozenset(run["dag_id"] for run in raw["created_dagruns"]))


def import_error(raw: Json) -> ImportErrorReport:
    return ImportErrorReport(raw["filename"], raw["stack_trace"], instant(raw.get("timestamp")))


def user(raw: Json) -> User:
    """FAB requires two names: for a person with one, the last is `-`."""
    name = raw["first_name"] if raw["last_name"] == "-" else f"{raw['first_name']} {raw['last_name']}"
    return User(raw["username"], ", ".join(role["name"] for role in raw["roles"] or ()), raw["email"], name)


def connection(raw: Json) -> Connection:
    """From the REST API, or from `airflow_scripts/export.py`, which exports secrets too. A list of API v1 has neither
    `password` nor `extra`."""
    return Connection(
        name=raw["connection_id"],
        conn_type=raw["conn_type"],
        host=raw["host"] or "",
        port=raw["port"],
        login=raw["login"] or "",
        password=raw.get("password") or "",
        schema=raw["schema"] or "",
        extra=json.loads(raw.get("extra") or "{}"),
        description=raw["description"] or "",
    )


def variable(raw: Json) -> Variable:
    return Variable(raw["key"], "" if raw["value"] is None else raw["value"], raw["description"] or "")
