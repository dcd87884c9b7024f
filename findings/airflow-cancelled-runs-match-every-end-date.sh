#!/bin/bash
# Apache Airflow 3.3.2: runs that a cancelled backfill failed have no end date, and thus match every `end_date_gte`.
#
# Expected: a failed run has an end date, and `state=failed&end_date_gte=TIME` lists the runs that failed since TIME. Any
# script that polls for new failures asks this.
# What happens: cancelling a backfill sets its queued runs to failed without an end date. The filter lets runs without an
# end date pass every lower bound, because it takes them for active ones. From then on, each poll returns them as new.
# Related: apache/airflow#70627 (the same filter on start dates, open).
#
# Output:
#   a run whose task failed: failed
#   failed runs that ended in 2099 or later: []
#   failed runs that ended in 2099 or later, after a backfill was cancelled: [('backfill', None), ('backfill', None)]
#   those that ended in 2020: []
#
# mlopsctl: every query for runs that ended also has an upper bound that is not in the future, which excludes them
# (was_cancelled in mlopsctl/adapters/airflow/rest/v2/runs.py, ended_between in dags/metadata_to_warehouse/records.py).
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$folder/dags"
cat >"$folder/dags/report.py" <<'END'
from datetime import UTC, datetime

from airflow.sdk import dag, task


@dag(schedule="@daily", start_date=datetime(2024, 1, 1, tzinfo=UTC), catchup=False)
def report():
    @task
    def write():
        raise RuntimeError("no data")

    write()


report()
END
start_airflow

failed_runs() {
  api GET "dags/report/dagRuns?state=failed&$1" | pick '[(r["run_type"], r["end_date"]) for r in it["dag_runs"]]'
}

run_dag report 2024-01-05T00:00:00Z
compare "a run whose task failed" failed "$(run_state)"
compare "failed runs that ended in 2099 or later" '[]' "$(failed_runs end_date_gte=2099-01-01T00:00:00Z)"

# While the DAG is paused, the runs of the backfill stay queued. Cancelling then fails them.
api PATCH dags/report '{"is_paused": true}' >"$folder/answer.json"
backfill=$(api POST backfills '{"dag_id": "report", "from_date": "2024-01-02T00:00:00Z",
  "to_date": "2024-01-03T00:00:00Z", "max_active_runs": 2}' | pick 'it["id"]')
api PUT "backfills/$backfill/cancel" >"$folder/answer.json"
compare "failed runs that ended in 2099 or later, after a backfill was cancelled" \
  "[('backfill', None), ('backfill', None)]" "$(failed_runs end_date_gte=2099-01-01T00:00:00Z)"
compare "those that ended in 2020" '[]' \
  "$(failed_runs 'end_date_gte=2020-01-01T00:00:00Z&end_date_lt=2021-01-01T00:00:00Z')"
still_there
