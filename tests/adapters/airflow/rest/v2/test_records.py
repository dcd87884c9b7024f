"""API v2's JSON as our types."""

from typing import Any

import pytest

from mlopsctl.adapters.airflow.rest.v2 import records
from tests.fake_api import DAG


def test_stale_dag() -> None:
    assert not records.dag(DAG).stale
    assert records.dag(DAG | {"is_stale": True}).stale


@pytest.mark.parametrize(
    ("schedule", "backfillable"),
    [
        ("@daily", True),
        ("0 4 * * *", True),
        ("1 day, 0:00:00", True),
        (None, False),
        ("@once", False),
        ("Asset", False),
    ],
)
def test_schedule_tells_whether_older_releases_can_backfill(schedule: str | None, backfillable: bool) -> None:
    """Airflow says so itself since 3.3."""
    old = {name: value for name, value in DAG.items() if name != "is_backfillable"}
    assert records.dag(old | {"timetable_summary": schedule}).backfillable is backfillable


@pytest.mark.parametrize(
    ("following", "schedule", "empty"),
    [
        (None, None, True), (None, "@daily", False), ("2024-01-01T00:00:00Z", "@daily", True),
        ("2024-01-02T00:00:00Z", "@daily", False),
    ],
)  # fmt: skip
def test_empty_data_intervals_are_recognised_by_the_next_run(
    following: str | None, schedule: str | None, empty: bool
) -> None:
    start = "2024-01-01T00:00:00Z" if following else None
    raw = DAG | {"timetable_summary": schedule}
    raw |= {"next_dagrun_data_interval_start": start, "next_dagrun_data_interval_end": following}
    assert records.dag(raw).empty_intervals is empty


def test_error_of_a_log_is_its_last_exception() -> None:
    events = [
        {"event": "a", "error_detail": [{"exc_type": kind, "exc_value": "x"}]} for kind in ("KeyError", "OSError")
    ]
    log = records.task_log(["::group::", {"event": "b"}, *events])
    assert (log.text, log.error) == ("b\na\nKeyError: x\na\nOSError: x", "OSError: x")
    assert records.task_log(["b"]).error == ""


def test_error_of_a_log_is_that_which_failed_the_task() -> None:
    events = [
        {"event": event, "error_detail": [{"exc_type": "E", "exc_value": value}]}
        for event, value in (
            ("handled", "1"), ("Task failed with exception", "2"), ("Failed to run task callback", "3"),
        )
    ]  # fmt: skip
    log = records.task_log([*events])
    assert (log.error, log.later_errors) == ("E: 2", ("E: 3",))


def test_log_line_has_time_level_event_and_exception() -> None:
    error = [
        {"exc_type": "ValueError", "exc_value": "no", "frames": [{"filename": "d.py", "lineno": 3, "name": "work"}]}
    ]
    raw = {"timestamp": "2024-01-01T00:00:00.123Z", "event": "Task failed", "level": "error", "error_detail": error}
    assert records.log_line(raw) == "2024-01-01T00:00:00 ERROR Task failed\n  d.py:3 in work\nValueError: no"
    assert records.log_line({"event": "/h/attempt=1.log"}) == "/h/attempt=1.log"
    assert records.log_line("plain") == "plain"


# Fields that Airflow 3.3.2 adds to every event; they are left out.
ORIGIN = {"logger": "task", "filename": "task_runner.py", "lineno": 1622, "dag_id": "d", "task_id": "t", "run_id": "r",
         "try_number": 1, "map_index": -1, "ti_id": "01a1ff0c"}  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ({"event": "Skipping task.", "reason": "The data end on 20231231."},
         "Skipping task: The data end on 20231231."),
        ({"event": "Retry policy decision", "action": "fail", "reason": "no quota"}, "Retry policy decision: no quota"),
        ({"event": "Task exited", "exit_code": 0}, "Task exited: exit_code 0"),
        ({"event": "Task exited", "exit_code": "no input"}, "Task exited: exit_code no input"),
        ({"event": "Process terminated by signal.", "signal": -9, "signal_name": "SIGKILL"},
         "Process terminated by signal: signal_name SIGKILL"),
        ({"event": "Worker startup parse complete", "bundle_name": "dags-folder", "bundle_version": None},
         "Worker startup parse complete"),
        ({"event": "Done.", "reason": None, "exit_code": None}, "Done."),
    ],
)  # fmt: skip
def test_log_line_gives_the_reason(entry: dict[str, Any], line: str) -> None:
    assert records.log_line({"timestamp": "2024-01-01T00:00:00Z", "level": "info"} | ORIGIN | entry) == (
        f"2024-01-01T00:00:00 INFO {line}"
    )
