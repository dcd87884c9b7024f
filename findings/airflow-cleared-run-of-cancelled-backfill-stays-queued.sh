#!/bin/bash
# Apache Airflow 3.3.2: a run of a cancelled backfill that is cleared stays queued, and no later backfill runs its date.
#
# Expected: a cleared run runs again; clearing is how a failed run is repeated. At the least, a new backfill runs the date.
# What happens: the scheduler starts no run whose backfill is paused. Cancelling leaves the backfill paused, and a backfill
# that was cancelled cannot be unpaused. A new backfill with `reprocess_behavior: completed` regards the queued run as
# active, skips its date, and completes.
# Known: apache/airflow#72337 (3.2.2, open).
#
# Output:
#   after the backfill was cancelled: {'2024-01-02': 'failed', '2024-01-03': 'failed'}
#   after one run was cleared: {'2024-01-02': 'queued', '2024-01-03': 'failed'}
#   another run, created later: success
#   meanwhile: {'2024-01-02': 'queued', '2024-01-03': 'failed'}
#   unpausing the backfill: Backfill is already completed.
#   after a second backfill ended: {'2024-01-02': 'queued', '2024-01-03': 'success'}
#
# mlopsctl: `backfill` finds such runs in the metadata database. Instead of clearing them, it deletes them and creates new
# runs with the same conf (mlopsctl/operations/backfill/engines/per_run.py). `doctor` reports those that are queued.
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
        print("written")

    write()


report()
END
start_airflow

backfill_ended() { api GET "backfills/$1" | pick '1 / bool(it["completed_at"])'; }
create_backfill() {
  api POST backfills '{"dag_id": "report", "from_date": "2024-01-02T00:00:00Z", "to_date": "2024-01-03T00:00:00Z",
    "reprocess_behavior": "completed", "max_active_runs": 2}' | pick 'it["id"]'
}
states() {
  api GET 'dags/report/dagRuns?order_by=logical_date&run_type=backfill' |
    pick '{r["logical_date"][:10]: r["state"] for r in it["dag_runs"]}'
}

# While the DAG is paused, the runs of the backfill stay queued. Cancelling then fails them.
api PATCH dags/report '{"is_paused": true}' >"$folder/answer.json"
first=$(create_backfill)
api PUT "backfills/$first/cancel" >"$folder/answer.json"
api PATCH dags/report '{"is_paused": false}' >"$folder/answer.json"
compare "after the backfill was cancelled" "{'2024-01-02': 'failed', '2024-01-03': 'failed'}" "$(states)"

api POST dags/report/dagRuns/backfill__2024-01-02T00:00:00+00:00/clear '{"dry_run": false}' >"$folder/answer.json"
compare "after one run was cleared" "{'2024-01-02': 'queued', '2024-01-03': 'failed'}" "$(states)"
run_dag report 2024-03-01T00:00:00Z
compare "another run, created later" success "$(run_state)"
compare "meanwhile" "{'2024-01-02': 'queued', '2024-01-03': 'failed'}" "$(states)"
compare "unpausing the backfill" "Backfill is already completed." "$(api PUT "backfills/$first/unpause" | pick 'it["detail"]')"

second=$(create_backfill)
wait_until 120 backfill_ended "$second"
compare "after a second backfill ended" "{'2024-01-02': 'queued', '2024-01-03': 'success'}" "$(states)"
still_there
