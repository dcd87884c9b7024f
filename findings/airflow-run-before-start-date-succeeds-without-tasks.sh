#!/bin/bash
# Apache Airflow 3.3.2: a run whose logical date is before the start_date of its DAG succeeds without running a task.
#
# Expected: the API rejects such a run, or its tasks run. A green run means that its tasks succeeded.
# What happens: the API accepts the run. The scheduler creates no task instance for it and marks it as a success within
# seconds. Nothing but the empty list of tasks tells it apart from a run that did its job.
# Known: apache/airflow#26865 (Airflow 2.4, closed as not reproducible), apache/airflow#38513 (manual runs of a DAG whose
# start_date is in the future, open).
#
# Output:
#   a run after the start date: success
#   its tasks: {'write': 'success'}
#   a run before the start date: success
#   its tasks: {}
#
# mlopsctl: `trigger` and `backfill` compare the logical dates with the DAG's start_date and end_date first, create nothing,
# and exit with 1 (outside_dag_dates in mlopsctl/operations/preflight.py).
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$folder/dags"
cat >"$folder/dags/report.py" <<'END'
from datetime import UTC, datetime

from airflow.sdk import dag, task


@dag(schedule=None, start_date=datetime(2024, 3, 1, tzinfo=UTC))
def report():
    @task
    def write():
        print("written")

    write()


report()
END
start_airflow

run_dag report 2024-03-02T00:00:00Z
compare "a run after the start date" success "$(run_state)"
compare "its tasks" "{'write': 'success'}" "$(task_states)"
run_dag report 2024-02-01T00:00:00Z
compare "a run before the start date" success "$(run_state)"
compare "its tasks" '{}' "$(task_states)"
still_there
