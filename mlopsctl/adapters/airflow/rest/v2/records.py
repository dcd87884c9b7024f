"""API v2's JSON as the types of `core/model.py`."""

from datetime import datetime

from mlopsctl.adapters.airflow.rest.common.records import (
    DEFAULT_MAX_ACTIVE_RUNS,
    Json,
    has_empty_intervals,
    instant,
    params,
)
from mlopsctl.core.model import DagDetails, NativeBackfill, TaskLog

# Summaries of the schedules that Airflow 3.3 calls not backfillable. Older releases do not say which those are.
NOT_PERIODIC = (None, "None", "@once", "@continuous", "Asset", "Partitioned Asset")
# Fields of a log event that give a reason, beside `reason` (AirflowSkipException's message, a retry policy's): how a
# process ended. The other fields only name the task and the line of code.
REASON_FIELDS = ("exit_code", "signal_name")


# The event that Airflow logs for the exception that failed a task (airflow/sdk/execution_time/task_runner.py); a
# callback that fails after that logs another.
TASK_FAILED = "Task failed with exception"


def dag(raw: Json) -> DagDetails:
    periodic = raw.get("is_backfillable", raw["timetable_summary"] not in NOT_PERIODIC)
    run_types = raw.get("allowed_run_types") or ("scheduled",)
    return DagDetails(
        dag_id=raw["dag_id"],
        schedule=raw["timetable_summary"],
        timezone=raw.get("timezone") or "",
        paused=raw["is_paused"],
        backfillable=periodic,
        file=raw["fileloc"],
        tags=tuple(tag["name"] for tag in raw["tags"]),
        max_active_runs=raw["max_active_runs"] or DEFAULT_MAX_ACTIVE_RUNS,
        has_import_errors=raw["has_import_errors"],
        relative_file=raw["relative_fileloc"] or "",
        start=instant(raw.get("start_date")),
        end=instant(raw.get("end_date")),
        empty_intervals=has_empty_intervals(raw, raw["timetable_summary"]),
        file_token=raw.get("file_token") or "",
        parsed_at=instant(raw.get("last_parsed_time")),
        parse_seconds=raw.get("last_parse_duration"),
        stale=bool(raw.get("is_stale")),
        next_run=instant(raw.get("next_dagrun_logical_date")),
        next_run_after=instant(raw.get("next_dagrun_run_after")) if "scheduled" in run_types else None,
        catchup=bool(raw.get("catchup")),
        params=params(raw.get("params") or {}),
        periodic=periodic,
    )


def backfill(raw: Json) -> NativeBackfill:
    return NativeBackfill(
        id=raw["id"],
        dag_id=raw["dag_id"],
        start=datetime.fromisoformat(raw["from_date"]),
        end=datetime.fromisoformat(raw["to_date"]),
        active=raw["completed_at"] is None,
        paused=raw["is_paused"],
        created=instant(raw.get("created_at")),
    )


def task_log(content: list[Json | str]) -> TaskLog:
    """Without the group markers that Airflow's web page folds."""
    lines = [log_line(raw) for raw in content]
    text = "\n".join(line for line in lines if "::group::" not in line and "::endgroup::" not in line)
    events = [raw for raw in content if isinstance(raw, dict) and raw.get("error_detail")]
    errors = [f"{raw['error_detail'][-1]['exc_type']}: {raw['error_detail'][-1]['exc_value']}" for raw in events]
    own = next((n for n, raw in enumerate(events) if raw["event"] == TASK_FAILED), len(events) - 1)
    return TaskLog(text, errors[own] if errors else "", tuple(errors[own + 1 :]))


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
