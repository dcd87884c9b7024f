"""API v1's JSON as the types of `core/model.py`."""

import re
from datetime import timedelta
from pathlib import PurePath

from mlopsctl.adapters.airflow.rest.common.records import (
    DEFAULT_MAX_ACTIVE_RUNS,
    Json,
    has_empty_intervals,
    instant,
    params,
)
from mlopsctl.core.model import ActiveTask, DagDetails, TaskLog

# Schedules that have no dates, as `schedule_interval` shows them. `Dataset`: the DAG runs when datasets are updated.
NOT_PERIODIC = ("@once", "@continuous", "Dataset")
TIMEZONE_REPR = re.compile(r"Timezone\('(.+)'\)")  # in 2.7
TRACEBACK = "Traceback (most recent call last):"
FRAME = re.compile(r'  File "(.+)", line (\d+), in (.+)$')


def dag(raw: Json, dags_folder: str) -> DagDetails:
    summary = schedule(raw["schedule_interval"])
    return DagDetails(
        dag_id=raw["dag_id"],
        schedule=summary,
        timezone=timezone(raw.get("timezone") or ""),
        paused=raw["is_paused"],
        backfillable=False,  # Airflow 2 has no backfills
        file=raw["fileloc"],
        tags=tuple(tag["name"] for tag in raw["tags"] or ()),
        max_active_runs=raw["max_active_runs"] or DEFAULT_MAX_ACTIVE_RUNS,
        has_import_errors=bool(raw["has_import_errors"]),
        relative_file=relative(raw["fileloc"], dags_folder),
        start=instant(raw.get("start_date")),
        end=instant(raw.get("end_date")),
        empty_intervals=has_empty_intervals(raw, summary),
        file_token=raw["file_token"],
        parsed_at=instant(raw.get("last_parsed_time")),
        stale=not raw["is_active"],
        next_run=instant(raw.get("next_dagrun")),
        next_run_after=instant(raw.get("next_dagrun_create_after")),
        catchup=bool(raw.get("catchup")),
        params=params(raw.get("params") or {}),
        periodic=summary is not None and summary not in NOT_PERIODIC,
    )


def schedule(raw: Json | str | None) -> str | None:
    """A cron expression or preset; `1 day, 0:00:00` for a timedelta; the summary of a timetable."""
    if raw is None or isinstance(raw, str):
        return raw
    if raw["__type"] == "CronExpression":
        return str(raw["value"])
    if raw["__type"] == "TimeDelta":
        return str(timedelta(raw["days"], raw["seconds"], raw["microseconds"]))
    fields = {name: value for name, value in raw.items() if name != "__type" and value}
    return ", ".join(f"{name} {value}" for name, value in fields.items())


def timezone(text: str) -> str:
    found = TIMEZONE_REPR.fullmatch(text)
    return found[1] if found else text


def relative(file: str, dags_folder: str) -> str:
    """A DAG file as Airflow 3 names it: relative to the DAGs folder."""
    path = PurePath(file)
    return str(path.relative_to(dags_folder)) if dags_folder and path.is_relative_to(dags_folder) else file


def active_task(raw: Json) -> ActiveTask:
    return ActiveTask(
        raw["dag_id"], raw["task_id"], raw["execution_date"][:10], instant(raw["start_date"]), instant(raw["end_date"])
    )


def task_log(text: str) -> TaskLog:
    """As of Airflow 3: without the group markers that Airflow's web page folds, and a line per frame of a traceback."""
    lines, error, in_traceback = list[str](), "", False
    for line in text.splitlines():
        if "::group::" in line or "::endgroup::" in line:
            continue
        if in_traceback and line.startswith(" "):
            if frame := FRAME.match(line):
                lines.append(f"  {frame[1]}:{frame[2]} in {frame[3]}")
            continue
        if in_traceback and line:
            error, in_traceback = exception(line), False
        in_traceback = in_traceback or line.endswith(TRACEBACK)
        lines.append(line)
    return TaskLog("\n".join(lines).strip(), error)


def exception(line: str) -> str:
    """`airflow.exceptions.AirflowException: no` → `AirflowException: no`."""
    name, colon, message = line.partition(":")
    return f"{name.rpartition('.')[2]}{colon}{message}"
