#!/bin/bash
# supervisor 4.3.0: supervisord takes all CPU that it can get while it waits for one process to stop, but none while it
# waits for all.
#
# Expected: waiting costs nothing. stopProcess waits by default, and stopAllProcesses with one process does the same.
# What happens: for stopProcess, supervisord checks the process without a pause until it has ended; for stopAllProcesses,
# every 0.05 s. It competes for the CPU with the service that is shutting down.
# Related: Supervisor/supervisor#560 (3179 log lines while one process stopped, closed).
#
# Output, on two cores that other programs were using, too:
#   stopAllProcesses: 0.00 s of CPU in 4.1 s
#   stopProcess: 1.18 s of CPU in 4.1 s
#   stopProcess used at least ten times the CPU of stopAllProcesses: yes
#
# mlopsctl: it calls stopProcess without waiting and polls the state every 0.05 s
# (mlopsctl/adapters/supervisor/control.py).
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

install_packages supervisor==4.3.0
cat >"$folder/supervisord.conf" <<END
[unix_http_server]
file = $folder/supervisor.sock
[supervisord]
nodaemon = true
logfile = $folder/supervisord.log
pidfile = $folder/supervisord.pid
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[program:service]
command = bash -c 'trap "sleep 4; exit" TERM; while true; do sleep 0.1; done'
autostart = false
stopwaitsecs = 30
END
start supervisord supervisord -c "$folder/supervisord.conf"
wait_until 30 test -S "$folder/supervisor.sock"

# stop METHOD ARGUMENT…: prints the milliseconds of CPU that supervisord used while it stopped the service, at least 10.
stop() {
  python - "$folder/supervisor.sock" "$@" <<'END'
import os
import sys
import time
from pathlib import Path
from xmlrpc.client import ServerProxy

from supervisor.xmlrpc import SupervisorTransport

socket, method, *arguments = sys.argv[1:]
server = ServerProxy("http://localhost", SupervisorTransport("", "", f"unix://{socket}")).supervisor


def cpu() -> float:
    fields = Path(f"/proc/{server.getPID()}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


server.startProcess("service")
before, started = cpu(), time.monotonic()
getattr(server, method)(*arguments)
assert server.getProcessInfo("service")["statename"] == "STOPPED"
used, seconds = cpu() - before, time.monotonic() - started
print(f"{method}: {used:.2f} s of CPU in {seconds:.1f} s", file=sys.stderr)
print(max(10, round(used * 1000)))
END
}
all=$(stop stopAllProcesses)
one=$(stop stopProcess service)
compare "stopProcess used at least ten times the CPU of stopAllProcesses" yes "$( ((one >= 10 * all)) && echo yes || echo no)"
still_there
