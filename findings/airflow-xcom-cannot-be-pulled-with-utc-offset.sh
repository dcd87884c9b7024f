#!/bin/bash
# Apache Airflow 3.3.2: a datetime with a UTC offset can be returned by a task, but no task can read it.
#
# Expected: the next task gets the same instant, or the task that returns the value fails.
# What happens: XCom stores the time zone of a datetime as a name. datetime.timezone has no name, except for UTC, so an empty
# one is stored. The first task succeeds; every task that reads the value fails. datetime.fromisoformat and astimezone()
# without an argument return such values. With +00:00 it works, so tests with UTC do not find it.
# Related: apache/airflow#34483 (2.7, closed: names of time zones that could not be read back).
#
# Output:
#   the tasks: {'offset': 'success', 'use_offset': 'failed', 'use_utc': 'success', 'utc': 'success'}
#   the error: ValueError: ZoneInfo keys must be normalized relative paths, got:
#
# mlopsctl: its pipelines pass days as YYYYMMDD and instants as seconds since 1970, never as datetime.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$folder/dags"
cat >"$folder/dags/report.py" <<'END'
from datetime import datetime

from airflow.sdk import dag, task


@dag(schedule=None)
def report():
    @task
    def offset():
        return datetime.fromisoformat("2024-01-01T00:00:00+09:00")

    @task
    def utc():
        return datetime.fromisoformat("2024-01-01T00:00:00+00:00")

    @task
    def use_offset(moment):
        print(moment)

    @task
    def use_utc(moment):
        print(moment)

    use_offset(offset())
    use_utc(utc())


report()
END
start_airflow

run_dag report
compare "the tasks" "{'offset': 'success', 'use_offset': 'failed', 'use_utc': 'success', 'utc': 'success'}" "$(task_states)"
compare "the error" "ValueError: ZoneInfo keys must be normalized relative paths, got: " "$(task_error use_offset)"
still_there
