# shellcheck shell=bash
# Shared by the scripts in this folder, which source it: a temporary folder, pinned packages, processes that end with the
# script, comparisons. Exit codes: 0 the behavior is still there, 1 it changed, 2 the script could not find out.

repository=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(mktemp -d "${TMPDIR:-/tmp}/finding.XXXXXX")
uv_version=0.13.9
airflow_version=3.3.2
groups=()  # of the processes that `start` has started
verdict=2

# The caller's own Airflow and Python settings must not affect the result.
unset PYTHONHOME PYTHONPATH VIRTUAL_ENV
for name in "${!AIRFLOW@}"; do unset "$name"; done

log() { printf '%s\n' "$*" >&2; }

give_up() {
  log "could not find out: $1"
  exit 2
}

clean_up() {
  local code=$? group
  set +e
  for group in "${groups[@]}"; do kill -TERM -- "-$group" 2>/dev/null; done
  for group in "${groups[@]}"; do
    for _ in {1..300}; do
      kill -0 -- "-$group" 2>/dev/null || continue 2
      sleep 0.1
    done
    kill -KILL -- "-$group" 2>/dev/null
  done
  wait 2>/dev/null
  rm -rf -- "$folder"
  [[ $code -lt 128 ]] || exit "$code"
  exit "$verdict"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start NAME COMMAND…: runs it in the background, in a process group of its own, with its output in NAME.log.
start() {
  setsid "${@:2}" >"$folder/$1.log" 2>&1 </dev/null &
  groups+=("$!")
}

# wait_until SECONDS COMMAND…: tries the command until it succeeds.
wait_until() {
  local deadline=$((SECONDS + $1))
  until "${@:2}" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || give_up "timed out after $1 s: ${*:2}"
    sleep 0.5
  done
}

# compare WHAT EXPECTED ACTUAL: prints what was seen; exits with 1 if it is not what this script describes.
compare() {
  [[ -n $3 ]] || give_up "there is no answer to: $1"
  printf '%s: %s\n' "$1" "$3"
  [[ $2 == "$3" ]] && return
  log "changed: expected $2"
  verdict=1
  exit 1
}

still_there() {
  printf 'The behavior is still there.\n'
  verdict=0
}

# install_packages PACKAGE==VERSION…: into $folder/venv, by a pinned uv from PyPI.
install_packages() {
  local python=${PYTHON:-python3}
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || give_up "Python 3.11 or newer is required"
  "$python" -m venv -- "$folder/uv"
  "$folder/uv/bin/python" -m pip install -q --disable-pip-version-check "uv==$uv_version" 2>>"$folder/install.log" ||
    give_up "could not install uv: $(<"$folder/install.log")"
  "$folder/uv/bin/uv" venv -q --python "$python" "$folder/venv"
  "$folder/uv/bin/uv" pip install -q --python "$folder/venv/bin/python" "$@" 2>>"$folder/install.log" ||
    give_up "could not install $*: $(<"$folder/install.log")"
  PATH=$folder/venv/bin:$PATH
}

# start_airflow: a scheduler and an API server on SQLite, with the DAGs in $folder/dags and the packages in `packages`.
packages=()
start_airflow() {
  local python_version constraints port
  python_version=$("${PYTHON:-python3}" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  constraints=$repository/mlopsctl/constraints/constraints-$airflow_version-$python_version.txt
  [[ -f $constraints ]] || give_up "there is no constraints file for Python $python_version: set PYTHON"
  install_packages -c "$constraints" "apache-airflow==$airflow_version" "${packages[@]}"
  port=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  url=http://127.0.0.1:$port
  export AIRFLOW_HOME=$folder AIRFLOW__CORE__DAGS_FOLDER=$folder/dags AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=False AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS=True \
    AIRFLOW__CORE__PARALLELISM=2 AIRFLOW__CORE__EXECUTION_API_SERVER_URL=$url/execution/ \
    AIRFLOW__API__HOST=127.0.0.1 AIRFLOW__API__PORT=$port AIRFLOW__API__BASE_URL=$url AIRFLOW__API__WORKERS=1 \
    AIRFLOW__API_AUTH__JWT_SECRET
  AIRFLOW__API_AUTH__JWT_SECRET=$(python -c 'import secrets; print(secrets.token_hex(32))')
  { airflow db migrate && airflow dags reserialize; } >"$folder/migrate.log" 2>&1 ||
    give_up "Airflow did not start: $(tail -n 20 "$folder/migrate.log")"
  start api-server airflow api-server
  start scheduler airflow scheduler --skip-serve-logs
  wait_until 120 curl -sf "$url/api/v2/version"
  token=$(curl -sf "$url/auth/token" | pick 'it["access_token"]')
}

# api METHOD PATH [JSON]: a request to Airflow's REST API; prints the answer.
api() {
  curl -sS -X "$1" -H "Authorization: Bearer $token" -H 'Content-Type: application/json' ${3:+-d "$3"} "$url/api/v2/$2"
}

# pick EXPRESSION: evaluates a Python expression in which `it` is the JSON on stdin.
pick() { python -c 'import json, sys; it = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }

# run_dag DAG [LOGICAL_DATE]: creates a run and waits until it ended. Sets `run`, its path in the API.
run_dag() {
  local date=${2:+\"$2\"}
  run=dags/$1/dagRuns/$(api POST "dags/$1/dagRuns" "{\"logical_date\": ${date:-null}}" | pick 'it["dag_run_id"]')
  wait_until 120 run_ended "$run"
}

run_state() { api GET "$run" | pick 'it["state"]'; }

run_ended() { api GET "$1" | pick '{"success": 1, "failed": 1}[it["state"]]'; }

# task_states: the states of the tasks of `run`, in the order of their names.
task_states() {
  api GET "$run/taskInstances" | pick '{t: s for t, s in sorted((t["task_id"], t["state"]) for t in it["task_instances"])}'
}

# task_error TASK: the exception with which a task of `run` failed at its last try.
task_error() {
  local try
  try=$(api GET "$run/taskInstances/$1" | pick 'it["try_number"]')
  curl -sS -H "Authorization: Bearer $token" -H 'Accept: application/json' "$url/api/v2/$run/taskInstances/$1/logs/$try" |
    pick '[e["exc_type"] + ": " + e["exc_value"] for line in it["content"] for e in line.get("error_detail") or ()][-1]'
}
