#!/bin/bash
# Apache Airflow 3.3.2: the REST API shows the server's default time zone as that of every DAG.
#
# Expected: GET /dags/{dag_id}/details returns the time zone of the DAG, which decides on which day a run falls.
# What happens: `timezone` is the server's [core] default_timezone, whatever the DAG's start_date says. The schedule does
# follow the DAG's own zone: its runs are at 04:00 in New York, which is 08:00 or 09:00 UTC, and never 04:00 UTC.
# A client that trusts the field counts the DAG's runs under other days. (3.0.6, 3.1.8 and 3.2.2 have the same code.)
#
# Output:
#   time zone from the API: UTC
#   first run of July: 2026-07-01T08:00:00Z
#
# mlopsctl: reads the zone from the metadata database; in a context, it checks the field against the schedule and the
# start_date, and asks for the zone if they contradict it.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$folder/dags"
cat >"$folder/dags/new_york.py" <<'PYTHON'
import pendulum
from airflow.sdk import dag


@dag(schedule="0 4 * * *", start_date=pendulum.datetime(2026, 1, 1, tz="America/New_York"), catchup=False)
def new_york():
    pass


new_york()
PYTHON
start_airflow

range='"from_date": "2026-07-01T00:00:00Z", "to_date": "2026-07-02T00:00:00Z"'
first=$(api POST backfills/dry_run "{\"dag_id\": \"new_york\", $range, \"dag_run_conf\": {}}" | pick 'it["backfills"][0]["logical_date"]')

compare "time zone from the API" UTC "$(api GET dags/new_york/details | pick 'it["timezone"]')"
compare "first run of July" 2026-07-01T08:00:00Z "$first"
still_there
