#!/bin/bash
# Apache Airflow 3.3.2: after a backfill of two late days, a DAG with catchup=True never runs the days before them.
#
# Expected: with catchup=True, the scheduler creates a run for every day since the start_date that has none. A backfill
# only adds runs.
# What happens: when the DAG file is parsed again, the next run is the one after the latest run of type `scheduled` or
# `backfill`. The days between the last scheduled run and the backfill get no run, without a message.
#
# Output:
#   the next run of the schedule: 2024-01-01
#   the next run after a backfill of two days: 2024-01-10
#   the days that have run: ['2024-01-08', '2024-01-09', '2024-01-10']
#
# mlopsctl: `backfill --unpause` says "up to" so many runs, and its guide tells why earlier days stay missing
# (mlopsctl/operations/dags/scheduled_runs.py).
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$folder/dags"
cat >"$folder/dags/report.py" <<'END'
from datetime import UTC, datetime

from airflow.sdk import dag, task


@dag(
    schedule="@daily",
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    end_date=datetime(2024, 1, 10, tzinfo=UTC),
    catchup=True,
    is_paused_upon_creation=True,
)
def report():
    @task
    def write():
        print("written")

    write()


report()
END
start_airflow

next_run() { api GET dags/report/details | pick '(it["next_dagrun_logical_date"] or "none")[:10]'; }
days() { api GET "dags/report/dagRuns?order_by=logical_date$1" | pick '[r["logical_date"][:10] for r in it["dag_runs"]]'; }
has_run() { [[ $(days '&state=success') == *"$1"* ]]; }
has_no_more() { [[ $(next_run) == none ]]; }

compare "the next run of the schedule" 2024-01-01 "$(next_run)"
api POST backfills '{"dag_id": "report", "from_date": "2024-01-08T00:00:00Z", "to_date": "2024-01-09T00:00:00Z",
  "reprocess_behavior": "none", "max_active_runs": 2}' >"$folder/answer.json"
airflow dags reserialize >"$folder/reserialize.log" 2>&1  # as the dag-processor does again and again
compare "the next run after a backfill of two days" 2024-01-10 "$(next_run)"

api PATCH dags/report '{"is_paused": false}' >"$folder/answer.json"
for day in 2024-01-08 2024-01-09 2024-01-10; do wait_until 180 has_run "$day"; done
wait_until 60 has_no_more
compare "the days that have run" "['2024-01-08', '2024-01-09', '2024-01-10']" "$(days '')"
still_there
