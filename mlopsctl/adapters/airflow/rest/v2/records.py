"""API v2's JSON as the types of `core/model.py`."""

import json
from datetime import datetime
from typing import Any

from mlopsctl.adapters.airflow.run_owner import owner
from mlopsctl.core.model import (
    ActiveTask,
    ComponentHealth,
    Connection,
    DagDetails,
    DagRun,
    ImportErrorReport,
    Interval,
    LastRun,
    NativeBackfill,
    TaskInstance,
    TaskLog,
    User,
    Variable,
)
from mlopsctl.core.states import Health, RunState, TaskState

Json = dict[str, Any]
DEFAULT_MAX_ACTIVE_RUNS = 16  # [core] max_active_runs_per_dag
# Fields of a log event that give a reason, beside `reason` (AirflowSkipException's message, a retry policy's): how a
# process ended. The other fields only name the task and the line of code.
REASON_FIELDS = ("exit_code", "signal_name")


def instant(text: str | None) -> datetime | None:
    """An aware instant; Airflow writes UTC as `Z`."""
    return datetime.fromisoformat(text) if text else None


def _interval(raw: Json, prefix: str) -> Interval | None:
    start, end = instant(raw.get(f"{prefix}_start")), instant(raw.get(f"{prefix}_end"))
    return (start, end) if start and end else None


def component(name: str, raw: Json) -> ComponentHealth:
    """`status` is null for a component that has never run."""
    status = raw["status"]
    return ComponentHealth(Health(status) if status else None, instant(raw.get(f"latest_{name}_heartbeat")))


def dag(raw: Json) -> DagDetails:
    return DagDetails(
        dag_id=raw["dag_id"],
        schedule=raw["timetable_summary"],
        timezone=raw.get("timezone") or "",
        paused=raw["is_paused"],
        backfillable=bool(raw["is_backfillable"]),
        file=raw["fileloc"],
        tags=tuple(tag["name"] for tag in raw["tags"]),
        max_active_runs=raw["max_active_runs"] or DEFAULT_MAX_ACTIVE_RUNS,
        has_import_errors=raw["has_import_errors"],
        relative_file=raw["relative_fileloc"] or "",
        start=instant(raw.get("start_date")),
        end=instant(raw.get("end_date")),
        empty_intervals=_has_empty_intervals(raw),
        file_token=raw.get("file_token") or "",
        parsed_at=instant(raw.get("last_parsed_time")),
        parse_seconds=raw.get("last_parse_duration"),
        stale=bool(raw.get("is_stale")),
    )


def _has_empty_intervals(raw: Json) -> bool:
    """Whether data intervals are empty: if the next run's is, all are. Without a schedule, every run's is."""
    following = _interval(raw, "next_dagrun_data_interval")
    return following[0] == following[1] if following else raw["timetable_summary"] is None


def run(raw: Json) -> DagRun:
    return DagRun(
        run_id=raw["dag_run_id"],
        logical_date=instant(raw["logical_date"]),
        state=RunState(raw["state"]),
        run_type=raw["run_type"],
        start=instant(raw["start_date"]),
        end=instant(raw["end_date"]),
        interval=_interval(raw, "data_interval"),
        owner=owner(raw["dag_run_id"], raw.get("note")),
    )


def last_run(raw: Json) -> LastRun:
    return LastRun(raw["dag_id"], (raw["logical_date"] or raw["run_after"])[:10], RunState(raw["state"]))


def active_task(raw: Json) -> ActiveTask:
    day = (raw["logical_date"] or raw["run_after"])[:10]
    return ActiveTask(raw["dag_id"], raw["task_id"], day, instant(raw["start_date"]), instant(raw["end_date"]))


def backfill(raw: Json) -> NativeBackfill:
    return NativeBackfill(
        id=raw["id"],
        dag_id=raw["dag_id"],
        start=datetime.fromisoformat(raw["from_date"]),
        end=datetime.fromisoformat(raw["to_date"]),
        active=raw["completed_at"] is None,
        paused=raw["is_paused"],
    )


def task_instance(raw: Json) -> TaskInstance:
    return TaskInstance(
        raw["task_id"],
        TaskState(raw["state"] or ""),
        raw["try_number"],
        raw["map_index"],
        instant(raw["end_date"]),
        raw.get("dag_run_id") or "",
        raw.get("duration"),
    )


def import_error(raw: Json) -> ImportErrorReport:
    return ImportErrorReport(raw["filename"], raw["stack_trace"], instant(raw.get("timestamp")))


def user(raw: Json) -> User:
    """FAB requires two names: for a person with one, the last is `-`."""
    name = raw["first_name"] if raw["last_name"] == "-" else f"{raw['first_name']} {raw['last_name']}"
    return User(raw["username"], ", ".join(role["name"] for role in raw["roles"] or ()), raw["email"], name)


def task_log(content: list[Json | str]) -> TaskLog:
    """Without the group markers that Airflow's web page folds."""
    lines = [log_line(raw) for raw in content]
    errors = [error for raw in content if isinstance(raw, dict) for error in raw.get("error_detail") or ()]
    text = "\n".join(line for line in lines if "::group::" not in line and "::endgroup::" not in line)
    return TaskLog(text, f"{errors[-1]['exc_type']}: {errors[-1]['exc_value']}" if errors else "")


def log_line(raw: Json | str) -> str:
    """One event of a task's log: time, level, event, reason, exception."""
    if isinstance(raw, str):
        return raw
    head = " ".join(
        str(raw[key]).upper() if key == "level" else raw[key][:19] for key in ("timestamp", "level") if raw.get(key)
    )
    lines = [f"{head} {_event(raw)}".strip()]
    for error in raw.get("error_detail") or ():
        lines += [f"  {frame['filename']}:{frame['lineno']} in {frame['name']}" for frame in error.get("frames") or ()]
        lines.append(f"{error['exc_type']}: {error['exc_value']}")
    return "\n".join(lines)


def _event(raw: Json) -> str:
    """The event with its reason: `Skipping task: there are no data`."""
    event = str(raw["event"])
    reasons = [str(raw["reason"])] if raw.get("reason") else []
    reasons += [f"{name} {raw[name]}" for name in REASON_FIELDS if raw.get(name) not in (None, "")]
    return f"{event.rstrip('.')}: {', '.join(reasons)}" if reasons else event


def connection(raw: Json) -> Connection:
    """From the REST API, or from `airflow_scripts/export.py`, which exports secrets too."""
    return Connection(
        name=raw["connection_id"],
        conn_type=raw["conn_type"],
        host=raw["host"] or "",
        port=raw["port"],
        login=raw["login"] or "",
        password=raw["password"] or "",
        schema=raw["schema"] or "",
        extra=json.loads(raw["extra"] or "{}"),
        description=raw["description"] or "",
    )


def variable(raw: Json) -> Variable:
    return Variable(raw["key"], "" if raw["value"] is None else raw["value"], raw["description"] or "")
