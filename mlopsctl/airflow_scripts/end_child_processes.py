"""A plugin of the managed Airflow, which setup copies into its plugins folder: at the end of a task, it ends the
processes that the task has started and left running, such as the workers of joblib and scikit-learn (`n_jobs`).

Airflow 3 leaves them alone. They hold the pipes through which the task's process sends its log, and as long as these
are open, the executor waits for more, for 60 s (`[workers] socket_cleanup_timeout`): the slot of the task stays in use,
and the scheduler cannot stop. A shorter limit would cut the logs of tasks that print much at their end. Airflow 2 does
not wait for them, and does not call the plugin for a task.
"""

import logging
import os
import sys
from collections.abc import Iterator
from typing import ClassVar

import psutil
from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

END_TIMEOUT = 2.0  # seconds in which processes have to end, so that the executor finds their pipes closed
POOLS = ("joblib.externals.loky.reusable_executor", "loky.reusable_executor")

log = logging.getLogger("airflow.task")


class TaskEnd:
    @hookimpl  # type: ignore[untyped-decorator]  # Airflow is in another venv
    def before_stopping(self, component: object) -> None:
        """Called by Airflow at the end of each of its processes, after the state of a task was reported."""
        if type(component).__name__ == "TaskRunnerMarker":
            _shut_down_pools()
            if _has_children():
                _end_children()


def _shut_down_pools() -> None:
    """The pools that joblib keeps for the next call. A worker that is killed leaves semaphores, for which it warns."""
    pools = [getattr(sys.modules.get(name), "_executor", None) for name in POOLS]
    for pool in filter(None, pools):
        pool.shutdown(wait=True, kill_workers=True)


def _has_children() -> bool:
    """Whether there is anything to end: to find out which, psutil reads all processes of the machine."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _end_children() -> None:
    children = list(_children())
    names = ", ".join(f"{process.name()} ({process.pid})" for process in children if process.is_running())
    for process in children:
        process.terminate()
    psutil.wait_procs(children, END_TIMEOUT)
    if names:
        log.info("Ended processes that the task left running: %s", names)


def _children() -> Iterator[psutil.Process]:
    """Not those with a process group of their own: a task that creates one wants its process to go on. Not the trackers
    of Python and joblib, which remove what the others leave, and then end."""
    group = os.getpgid(0)
    for process in psutil.Process().children(recursive=True):
        try:
            if os.getpgid(process.pid) == group and "resource_tracker" not in " ".join(process.cmdline()):
                yield process
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue


class EndChildProcesses(AirflowPlugin):  # type: ignore[misc]
    name = "mlopsctl_end_child_processes"
    listeners: ClassVar = [TaskEnd()]
