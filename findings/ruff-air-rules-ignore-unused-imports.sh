#!/bin/bash
# ruff 0.17.6: the AIR rules do not report an import that Airflow 3 cannot import if nothing uses what it imports.
#
# Expected: `ruff check --select AIR301,AIR302` without a finding means that no name of Airflow 2 is left that Airflow 3
# removed. Both rules are about removed and moved names, and the unused import breaks the file just as the used one does.
# What happens: ruff looks at uses of names, not at imports. A DAG file whose import is not used any more passes, and
# Airflow 3 cannot read it.
#
# Output:
#   ruff about a used import: AIR302
#   ruff about the same import, unused: nothing
#   Airflow 3.3.2 reads the second file: ModuleNotFoundError: No module named 'airflow.operators.bash_operator'
#
# mlopsctl: `dags check` appends lines to the copies that it gives to ruff, which use every name imported from Airflow
# (mlopsctl/operations/dags/check/rules/airflow2_code.py).
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

install_packages ruff==0.17.6 "apache-airflow==$airflow_version"
import='from airflow.operators.bash_operator import BashOperator'
printf '%s\n' "$import" 'BashOperator(task_id="a", bash_command="true")' >"$folder/used.py"
printf '%s\n' "$import" >"$folder/unused.py"

codes() {
  local found
  found=$(ruff check --isolated --no-cache --preview --select AIR301,AIR302 --output-format json --exit-zero "$1" |
    python -c 'import json, sys; print(" ".join(x["code"] for x in json.load(sys.stdin)))')
  printf '%s\n' "${found:-nothing}"
}

read_file() { AIRFLOW_HOME=$folder/airflow python -W ignore "$1" 2>&1 | tail -n 1; }

compare 'ruff about a used import' AIR302 "$(codes "$folder/used.py")"
compare 'ruff about the same import, unused' nothing "$(codes "$folder/unused.py")"
compare "Airflow $airflow_version reads the second file" \
  "ModuleNotFoundError: No module named 'airflow.operators.bash_operator'" "$(read_file "$folder/unused.py")"
still_there
