#!/bin/bash
# Apache Airflow 3.3.2: the REST API returns a variable whose text is a number as another text.
#
# Expected: the text that was stored, as `airflow variables get` and tasks read it. The value of a variable is a string, and
# the API's schema says so: what was sent with POST comes back from GET.
# What happens: to mask secrets in values that are JSON, the API parses every value and writes the result. A version loses its
# zero, and an account number becomes a float. Whoever copies variables through the API changes them.
#
# Output:
#   stored: ['1.10', '1e5', '4000000000000000000.5']
#   from the API: ['1.1', '100000.0', '4e+18']
#
# mlopsctl: `variable export` reads the metadata database through Airflow's Python instead.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$folder/dags"
start_airflow

names=(version scientific account)
values=(1.10 1e5 4000000000000000000.5)
for number in 0 1 2; do
  api POST variables "{\"key\": \"${names[number]}\", \"value\": \"${values[number]}\"}" >>"$folder/variables.log"
done
read='import sys; from airflow.models import Variable; print([Variable.get(name) for name in sys.argv[1:]])'
stored=$(python -c "$read" "${names[@]}" 2>"$folder/read.log" | tail -n 1)
answer=$(api GET variables | pick '[{v["key"]: v["value"] for v in it["variables"]}[n] for n in ("version", "scientific", "account")]')

compare stored "['1.10', '1e5', '4000000000000000000.5']" "$stored"
compare "from the API" "['1.1', '100000.0', '4e+18']" "$answer"
still_there
