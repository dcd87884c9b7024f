#!/bin/bash
# Redis 7.0: transactions in the append-only file are lost at the next start if the default user has no rights.
#
# Expected: what was written with `appendonly yes` is there after a restart, whichever users may log in now. A broker of
# Celery is set up like this: `user default off`, and an account for the workers.
# What happens: Redis reads the file as the default user and checks its rights for what stands in a transaction, but not
# for other commands. It starts without an error and lacks the transactions. Celery sends messages in
# transactions. One with a single command is not written as a transaction.
#
# Output (redis-server 7.0.15 of Debian 12):
#   with rights of the default user: single=1 transaction=2
#   without: single=1 transaction=0
#
# mlopsctl: the default user has all rights, and no password lets anyone log in with it
# (mlopsctl/adapters/redis/server.py).
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

command -v redis-server redis-cli >/dev/null || give_up "redis-server of the distribution is not installed"
log "$(redis-server --version)"
export REDISCLI_AUTH=secret

call() { redis-cli -s "$folder/$name.sock" --user worker --no-auth-warning "$@"; }

# kept NAME RIGHTS: writes a key by itself and two in a transaction, restarts the server, and prints how many are left.
kept() {
  name=$1
  mkdir "$folder/$name"
  printf 'port 0\nunixsocket %s\ndir %s\nappendonly yes\nappendfsync always\nsave ""\nuser default off %s\nuser worker on >secret ~* &* +@all\n' \
    "$folder/$name.sock" "$folder/$name" "$2" >"$folder/$name.conf"
  start "$name-1" redis-server "$folder/$name.conf"
  wait_until 20 call ping
  call set single 1 >/dev/null
  printf 'MULTI\nSET transaction-1 1\nSET transaction-2 1\nEXEC\n' | call >/dev/null
  call shutdown nosave >/dev/null || true
  wait_until 20 test ! -e "$folder/$name.sock"
  start "$name-2" redis-server "$folder/$name.conf"
  wait_until 20 call ping
  printf 'single=%s transaction=%s' "$(call exists single)" "$(call exists transaction-1 transaction-2)"
}

with=$(kept with '~* &* +@all')
without=$(kept without '')
compare "with rights of the default user" "single=1 transaction=2" "$with"
compare "without" "single=1 transaction=0" "$without"
still_there
