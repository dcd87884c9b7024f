"""Run by the managed Airflow's Python: reads DAG files as the dag-processor does, each in a process of its own.

Airflow records nothing about a file whose process ends before it answers, and drops the errors of files in a zip file.

Reads JSON from stdin: {"dags_folder", "files": paths, "seconds": the time that each may take}.
Prints JSON: {"files": [{"dag_ids", "errors": {path: traceback}, "seconds": without the time in which it waited for a
CPU}, or, of a process that has not answered, {"exit": its exit code, or null, "signal": the name of the one that ended
it, or empty, "stack": [[path, line], …] of its last position, if it is known, "bytes": the memory that it took}, …]}.
A process that took too long has neither exit code nor signal.
"""

import faulthandler
import importlib
import json
import os
import re
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any, NoReturn

ANSWER = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)  # what Airflow and the files print is no answer
# The metadata database has the variables and connections: there is no supervisor here to ask for them.
os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:  # before 3.2
    from airflow.models.dagbag import DagBag

GRACE = 0.5  # seconds in which a process that takes too long can say where it is
POLL_INTERVAL = 0.02
FRAME = re.compile(r'File "(.+)", line (\d+)')
SCHEDSTAT = Path("/proc/self/schedstat")  # of this process's main thread: ns on a CPU, ns of waiting for one, switches
exit_process = os._exit


def main() -> None:
    request = json.load(sys.stdin)
    if request["dags_folder"] not in sys.path:
        sys.path.append(request["dags_folder"])
    answers = [read_in_child(path, request["seconds"]) for path in request["files"]]
    ANSWER.write(json.dumps({"files": answers}) + "\n")
    ANSWER.flush()


def read_in_child(path: str, seconds: float) -> dict[str, Any]:
    """What a file does to its process must not end this one."""
    import_airflow_modules(path)
    with tempfile.TemporaryFile("w+") as answer, tempfile.TemporaryFile("w+") as stack:
        child = os.fork()
        if not child:
            answer_and_exit(path, seconds, answer, stack)
        status, usage = wait(child, seconds + GRACE)
        answer.seek(0)
        stack.seek(0)
        if text := answer.read():
            found: dict[str, Any] = json.loads(text)
            return found
        frames = [(file, int(line)) for file, line in FRAME.findall(stack.read())]
        return {**how_it_ended(status), "stack": frames[::-1], "bytes": usage.ru_maxrss * 1024}


def import_airflow_modules(path: str) -> None:
    """As the dag-processor, which does so before it starts the process: they do not count as the file's own time."""
    try:
        from airflow.utils.file import iter_airflow_imports

        for module in iter_airflow_imports(path):
            importlib.import_module(module)
    except Exception as e:  # noqa: BLE001  # reading the file will say the same
        print(f"{path}: {type(e).__name__}: {e}", file=sys.stderr)  # noqa: T201


def answer_and_exit(path: str, seconds: float, answer: IO[str], stack: IO[str]) -> NoReturn:
    report_early_end(seconds, stack)
    began, waited = time.monotonic(), time_without_cpu()
    bag = DagBag(dag_folder=path)
    own = time.process_time() if waited is None else time.monotonic() - began - ((time_without_cpu() or 0.0) - waited)
    json.dump({"dag_ids": list(bag.dags), "errors": bag.import_errors, "seconds": own}, answer)
    answer.flush()
    exit_process(0)


def report_early_end(seconds: float, stack: IO[str]) -> None:
    """Have the process write its position if it crashes, calls os._exit or takes too long."""
    faulthandler.enable(stack, all_threads=False)
    faulthandler.dump_traceback_later(seconds, file=stack)

    def end(status: int) -> NoReturn:
        faulthandler.dump_traceback(stack, all_threads=False)
        exit_process(status)

    os._exit = end
    # Airflow has a handler for SIGSEGV, after which the faulty instruction is run again, without an end.
    set_handler = signal.signal
    signal.signal = lambda signalnum, handler: None if signalnum == signal.SIGSEGV else set_handler(signalnum, handler)


def time_without_cpu() -> float | None:
    """Seconds in which this process could have run, but other processes did; None if the kernel does not count them."""
    try:
        return int(SCHEDSTAT.read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return None


def wait(child: int, seconds: float) -> tuple[int | None, Any]:
    """Its status, None if it had to be ended, and its use of resources."""
    deadline, limit_reached = time.monotonic() + seconds, False
    while True:
        ended, status, usage = os.wait4(child, 0 if limit_reached else os.WNOHANG)
        if ended:
            return None if limit_reached else status, usage
        if limit_reached := time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        time.sleep(POLL_INTERVAL)


def how_it_ended(status: int | None) -> dict[str, Any]:
    code = None if status is None else os.waitstatus_to_exitcode(status)
    if code is None:
        return {"exit": None, "signal": ""}
    return {"exit": None, "signal": signal.Signals(-code).name} if code < 0 else {"exit": code, "signal": ""}


main()
