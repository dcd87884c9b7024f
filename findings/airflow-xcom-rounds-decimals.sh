#!/bin/bash
# Apache Airflow 3.3.2: a Decimal that one task returns reaches the next task as another number, of the same type.
#
# Expected: the same Decimal. XCom stores its type, and drivers return DECIMAL columns as Decimal because amounts of money
# must not be rounded. An unsupported type raises an error.
# What happens: XCom stores a Decimal with digits after the point as a float, and builds a Decimal from its shortest text.
# What has more than 15 significant digits is rounded, without an error or a warning, and trailing zeros are lost.
# Known: apache/airflow#72064 (pull request with a fix, open).
#
# Output:
#   the tasks: {'publish': 'success', 'total': 'success'}
#   12345678901234567.89 arrived as: Decimal 12345678901234568
#   10.00 arrived as: Decimal 10.0
#
# mlopsctl: its pipelines compute amounts in SQL, from table to table, and pass only days, paths, versions, floats and counts
# from task to task.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$folder/dags"
cat >"$folder/dags/report.py" <<'END'
import os
from decimal import Decimal
from pathlib import Path

from airflow.sdk import dag, task


@dag(schedule=None)
def report():
    @task
    def total():
        return [Decimal("12345678901234567.89"), Decimal("10.00")]

    @task
    def publish(amounts):
        for number, amount in enumerate(amounts):
            Path(os.environ["AIRFLOW_HOME"], f"amount{number}").write_text(f"{type(amount).__name__} {amount}")

    publish(total())


report()
END
start_airflow

run_dag report
compare "the tasks" "{'publish': 'success', 'total': 'success'}" "$(task_states)"
compare "12345678901234567.89 arrived as" "Decimal 12345678901234568" "$(<"$folder/amount0")"
compare "10.00 arrived as" "Decimal 10.0" "$(<"$folder/amount1")"
still_there
