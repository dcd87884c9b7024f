"""API v1's JSON as our types."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mlopsctl.adapters.airflow.rest.v1 import records

CRON = {"__type": "CronExpression", "value": "0 3 * * *"}
DAG: dict[str, Any] = {
    "dag_id": "d", "schedule_interval": CRON, "timezone": "Timezone('Asia/Seoul')", "is_paused": True,
    "is_active": True, "fileloc": "/h/dags/d/d.py", "tags": [{"name": "a"}], "max_active_runs": None,
    "has_import_errors": False, "file_token": "t", "start_date": "2023-06-01T00:00:00+00:00", "end_date": None,
    "last_parsed_time": "2024-01-01T00:00:00+00:00", "next_dagrun_data_interval_start": "2024-01-01T00:00:00+00:00",
    "next_dagrun_data_interval_end": "2024-01-02T00:00:00+00:00",
}  # fmt: skip


def test_dag_has_a_schedule_but_no_backfill() -> None:
    dag = records.dag(DAG, "/h/dags")
    assert (dag.schedule, dag.periodic, dag.backfillable, dag.empty_intervals) == ("0 3 * * *", True, False, False)
    assert (dag.timezone, dag.file, dag.relative_file, dag.stale) == ("Asia/Seoul", "/h/dags/d/d.py", "d/d.py", False)
    assert (dag.max_active_runs, dag.start) == (16, datetime(2023, 6, 1, tzinfo=UTC))


def test_dag_that_is_not_active_is_stale() -> None:
    assert records.dag(DAG | {"is_active": False}, "").stale


@pytest.mark.parametrize(
    ("raw", "schedule", "periodic"),
    [
        (None, None, False), ({"__type": "CronExpression", "value": "@once"}, "@once", False),
        ({"__type": "CronExpression", "value": "Dataset"}, "Dataset", False), (CRON, "0 3 * * *", True),
        ({"__type": "TimeDelta", "days": 1, "seconds": 3600, "microseconds": 0}, "1 day, 1:00:00", True),
        ({"__type": "RelativeDelta", "months": 2, "days": 0}, "months 2", True), ("After work", "After work", True),
    ],
)  # fmt: skip
def test_schedule(raw: Any, schedule: str | None, periodic: bool) -> None:
    dag = records.dag(DAG | {"schedule_interval": raw}, "")
    assert (dag.schedule, dag.periodic) == (schedule, periodic)


def test_timezone_is_a_name_or_the_repr_of_one() -> None:
    assert records.timezone("UTC") == records.timezone("Timezone('UTC')") == "UTC"


def test_file_outside_of_the_dags_folder_stays_absolute() -> None:
    assert records.relative("/h/dags/a/b.py", "/h/dags") == "a/b.py"
    assert records.relative("/other/b.py", "/h/dags") == "/other/b.py"
    assert records.relative("/other/b.py", "") == "/other/b.py"


LOG = """\
host
 INFO - ::group::Log message source details
*** Found local files:
 INFO - ::endgroup::
[2024-01-01T00:00:00.000+0000] {taskinstance.py:1} ERROR - Task failed with exception
Traceback (most recent call last):
  File "/h/venv/airflow/models/taskinstance.py", line 776, in _execute_task
    result = _execute_callable(context=context, **execute_callable_kwargs)
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/h/dags/d.py", line 14, in work
    raise AirflowException(f"no data for {ds}")
airflow.exceptions.AirflowException: no data for 2024-01-03
[2024-01-01T00:00:00.000+0000] {local_task_job_runner.py:266} INFO - Task exited with return code 1"""


def test_log_has_a_line_per_frame_and_its_last_exception() -> None:
    log = records.task_log(LOG)
    assert log.error == "AirflowException: no data for 2024-01-03"
    assert log.text.splitlines() == [
        "host",
        "*** Found local files:",
        "[2024-01-01T00:00:00.000+0000] {taskinstance.py:1} ERROR - Task failed with exception",
        "Traceback (most recent call last):",
        "  /h/venv/airflow/models/taskinstance.py:776 in _execute_task",
        "  /h/dags/d.py:14 in work",
        "airflow.exceptions.AirflowException: no data for 2024-01-03",
        "[2024-01-01T00:00:00.000+0000] {local_task_job_runner.py:266} INFO - Task exited with return code 1",
    ]
    assert records.task_log("all well").error == ""
