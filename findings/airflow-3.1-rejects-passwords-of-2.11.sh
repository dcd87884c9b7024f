#!/bin/bash
# Apache Airflow 3.1.8: after an upgrade from 2.11.2, no user can log in with the password that was set there.
#
# Expected: users keep their passwords. Both releases store them through Flask-AppBuilder, in the same table, and the upgrade
# guide names nothing to do.
# What happens: Airflow 2.11.2 is installed with Werkzeug 3, which hashes passwords with scrypt by default, and the newer 3.1.8
# with Werkzeug 2.2, which knows only PBKDF2. The login ends with HTTP 400, the same for a wrong password. Both are
# installed with the packages that were the newest ones on the day of the release. 3.2 and 3.3 have Werkzeug 3.
# Related: apache/airflow#51854 (the default of Flask-AppBuilder on Werkzeug 2.2; closed).
#
# Output:
#   the hash that 2.11.2 stores: scrypt
#   Werkzeug: 3.1.6 → 2.2.3
#   the login in 3.1.8: {"detail":"unsupported hash type scrypt:32768:8:1"} 400
#
# mlopsctl: `upgrade` refuses it and suggests 3.3; `adopt` names users whose password this Airflow cannot check.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# install AIRFLOW_VERSION DATE: with the packages of that date, in a fresh $folder/venv.
install() {
  rm -rf -- "$folder/venv"
  install_packages --exclude-newer "$2" "apache-airflow==$1" apache-airflow-providers-fab
  airflow db migrate >"$folder/migrate-$1.log" 2>&1 || give_up "$(tail -n 20 "$folder/migrate-$1.log")"
}

werkzeug() { python -c 'from importlib.metadata import version; print(version("werkzeug"))'; }

export AIRFLOW_HOME=$folder AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS=False \
  AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=sqlite:///$folder/airflow.db AIRFLOW__API_AUTH__JWT_SECRET \
  AIRFLOW__CORE__AUTH_MANAGER=airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager
install 2.11.2 2026-03-15
airflow users create -u kim -p secret -r Admin -f Kim -l Kim -e kim@example.com >"$folder/user.log" 2>&1 ||
  give_up "$(tail -n 20 "$folder/user.log")"
before=$(werkzeug)
query='import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("SELECT password FROM ab_user").fetchone()[0].split(":")[0])'
stored=$(python -c "$query" "$folder/airflow.db")

rm -- "$folder/airflow.cfg"  # that of 2.11.2
install 3.1.8 2026-03-12
AIRFLOW__API_AUTH__JWT_SECRET=$(python -c 'import secrets; print(secrets.token_hex(32))')
port=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
start api-server airflow api-server --host 127.0.0.1 --port "$port"
wait_until 180 curl -sf "http://127.0.0.1:$port/api/v2/version"
answer=$(curl -sS -w ' %{http_code}' -H 'Content-Type: application/json' -d '{"username": "kim", "password": "secret"}' \
  "http://127.0.0.1:$port/auth/token")

compare "the hash that 2.11.2 stores" scrypt "$stored"
compare "Werkzeug" "3.1.6 → 2.2.3" "$before → $(werkzeug)"
compare "the login in 3.1.8" '{"detail":"unsupported hash type scrypt:32768:8:1"} 400' "$answer"
still_there
