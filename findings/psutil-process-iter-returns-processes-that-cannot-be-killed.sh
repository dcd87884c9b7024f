#!/bin/bash
# psutil 7.2.2: process_iter() returns processes that cannot be killed, if their PID was in use at an earlier call.
#
# Expected: process_iter() lists the processes that are running now, and one of them can be killed.
# What happens: it keeps its objects between calls, by PID. If a PID has been reused in between, it returns the object of the
# process that has ended. Its name(), cwd() and environ() are those of the new process, but kill() and terminate() compare
# start times and raise NoSuchProcess, which most programs take for "it has ended". The new process lives on, and the next
# call of process_iter() leaves it out. With 32,768 PIDs, the default of many systems, a long test run uses all of them.
# Related: giampaolo/psutil#2396 (since 6.0.0, process_iter() does not check whether PIDs were reused, closed);
# giampaolo/psutil#2601 (the next call leaves the process out, open).
#
# Output:
#   the new process has the PID of the old one: True
#   name() of what process_iter() returns: sleep
#   kill(): NoSuchProcess
#   the new process is running: True
#   the next process_iter() has it: False
#   kill() after process_iter.cache_clear(): killed
#
# mlopsctl: it creates its own objects for psutil.pids() (mlopsctl/adapters/supervisor/processes.py).
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

install_packages psutil==7.2.2
cat >"$folder/reuse.py" <<'END'
import json
import subprocess
from pathlib import Path

import psutil


def found(pid):
    (process,) = (each for each in psutil.process_iter() if each.pid == pid)
    return process


def kill(process):
    try:
        process.kill()
    except psutil.NoSuchProcess as error:
        return type(error).__name__
    return "killed"


old = subprocess.Popen(["sleep", "600"])
found(old.pid)
old.kill()
old.wait()
Path("/proc/sys/kernel/ns_last_pid").write_text(str(old.pid - 1))
new = subprocess.Popen(["sleep", "600"])
process = found(new.pid)
answer = {"reused": new.pid == old.pid, "name": process.name(), "kill": kill(process), "running": new.poll() is None}
answer["next"] = any(each.pid == new.pid for each in psutil.process_iter())
psutil.process_iter.cache_clear()
answer["cleared"] = kill(found(new.pid))
new.wait()
print(json.dumps(answer))
END
# In a PID namespace, the next PID can be chosen without root, and without an effect on other processes.
unshare --user --map-root-user --pid --fork --mount-proc "$folder/venv/bin/python" "$folder/reuse.py" >"$folder/answer.json" ||
  give_up "this machine does not allow PID namespaces"

answer() { python -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$folder/answer.json" "$1"; }

compare "the new process has the PID of the old one" True "$(answer reused)"
compare "name() of what process_iter() returns" sleep "$(answer name)"
compare "kill()" NoSuchProcess "$(answer kill)"
compare "the new process is running" True "$(answer running)"
compare "the next process_iter() has it" False "$(answer next)"
compare "kill() after process_iter.cache_clear()" killed "$(answer cleared)"
still_there
