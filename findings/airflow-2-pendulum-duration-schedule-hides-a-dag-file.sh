#!/bin/bash
# Apache Airflow 2.11.2: a DAG whose schedule is a pendulum.duration makes all DAGs of its file disappear, without an import error.
#
# Expected: a schedule can be a datetime.timedelta, and pendulum's Duration is a subclass of it; pendulum is Airflow's own
# library for dates. If it were not accepted, there would be an import error.
# What happens: the file is parsed, and then the process that writes its DAGs to the database ends with an exception. None of
# them is in the list of DAGs, and neither is an import error: only the log of the scheduler has a reason.
#
# Output:
#   schedule=datetime.timedelta(hours=12): DAGs half_day hourly, import errors 0
#   schedule=pendulum.duration(hours=12): DAGs none, import errors 0
#   the log of the scheduler: StatementError: (builtins.KeyError) <class 'pendulum.duration.Duration'>
#
# mlopsctl: `dags clean` names a file that Airflow has not read, and the log in which to look.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# dags_with SCHEDULE: the DAGs and the number of import errors after the scheduler has read a file with two DAGs.
dags_with() {
  cat >"$folder/dags/report.py" <<END
import datetime

import pendulum
from airflow import DAG

START = pendulum.datetime(2024, 1, 1)
half_day = DAG("half_day", schedule=$1, start_date=START, catchup=False)
hourly = DAG("hourly", schedule="@hourly", start_date=START, catchup=False)
END
  rm -f -- "$folder/airflow.db"
  airflow db migrate >"$folder/migrate.log" 2>&1 || give_up "$(tail -n 20 "$folder/migrate.log")"
  airflow scheduler --skip-serve-logs --num-runs 20 >"$folder/scheduler.log" 2>&1 || give_up "$(tail -n 20 "$folder/scheduler.log")"
  python - "$folder/airflow.db" <<'END'
import sqlite3, sys

database = sqlite3.connect(sys.argv[1])
names = [name for (name,) in database.execute("SELECT dag_id FROM dag WHERE is_active ORDER BY dag_id")]
(errors,) = database.execute("SELECT count(*) FROM import_error").fetchone()
print(f"DAGs {' '.join(names) or 'none'}, import errors {errors}")
END
}

mkdir "$folder/dags"
export AIRFLOW_HOME=$folder AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS=False \
  AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=sqlite:///$folder/airflow.db AIRFLOW__CORE__DAGS_FOLDER=$folder/dags
install_packages --exclude-newer 2026-03-15 apache-airflow==2.11.2

compare "schedule=datetime.timedelta(hours=12)" "DAGs half_day hourly, import errors 0" "$(dags_with 'datetime.timedelta(hours=12)')"
compare "schedule=pendulum.duration(hours=12)" "DAGs none, import errors 0" "$(dags_with 'pendulum.duration(hours=12)')"
compare "the log of the scheduler" "StatementError: (builtins.KeyError) <class 'pendulum.duration.Duration'>" \
  "$(grep -rhoE "StatementError: \(builtins.KeyError\) <class 'pendulum.duration.Duration'>" "$folder/logs" "$folder/scheduler.log" | head -n 1)"
still_there
