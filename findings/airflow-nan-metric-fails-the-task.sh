#!/bin/bash
# scikit-learn 1.9.1 and Apache Airflow 3.3.2: where a metric is undefined, the task fails after everything it did.
#
# Expected: roc_auc_score raises an exception when all labels are equal, before anything is written. If it does not, the
# task succeeds: Python's json accepts NaN.
# What happens: scikit-learn warns and returns NaN. Airflow sends what a task returns as strict JSON, after the function
# has returned. The task fails although its results are written, and each retry does everything once more. The error
# names the API server, which never got a request.
# Related: apache/airflow#51178 (NaN in XCom values of Airflow 2, which accepted them, closed).
#
# Output:
#   the task: {'evaluate': 'failed'}
#   the metrics that its two tries wrote: roc_auc nan, roc_auc nan
#   the error: AirflowRuntimeError: API_SERVER_ERROR: {'status_code': None, 'message': 'Out of range float values are not \
#     JSON compliant', 'exception_type': 'ValueError'}
#
# mlopsctl: its pipelines look at the labels before they compute metrics: ineligible_loan_model_ct skips a training without
# loans of both outcomes, and ml_pipeline returns None for an undefined ROC AUC (dags/ml_pipeline/steps.py).
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$folder/dags"
cat >"$folder/dags/training.py" <<'END'
import os
from datetime import timedelta
from pathlib import Path

from airflow.sdk import dag, task


@dag(schedule=None)
def training():
    @task(retries=1, retry_delay=timedelta(0))
    def evaluate():
        from sklearn.metrics import roc_auc_score

        auc = roc_auc_score([0, 0, 0], [0.1, 0.2, 0.3])  # on this day, nobody defaulted
        with Path(os.environ["AIRFLOW_HOME"], "metrics").open("a") as file:
            print(f"roc_auc {auc}", file=file)
        return {"roc_auc": float(auc)}

    evaluate()


training()
END
packages=(scikit-learn==1.9.1)
start_airflow

run_dag training
compare "the task" "{'evaluate': 'failed'}" "$(task_states)"
compare "the metrics that its two tries wrote" "roc_auc nan, roc_auc nan" "$(paste -s -d , "$folder/metrics" | sed 's/,/, /')"
json="{'status_code': None, 'message': 'Out of range float values are not JSON compliant', 'exception_type': 'ValueError'}"
compare "the error" "AirflowRuntimeError: API_SERVER_ERROR: $json" "$(task_error evaluate)"
still_there
