"""The tasks that this home's scheduler is running, from the titles of their processes, and what tasks left running."""

from collections.abc import Iterable
from typing import Any

from mlopsctl.adapters.airflow.release import TASK_PROCESS_TITLE
from mlopsctl.adapters.supervisor.control import Supervisor


def running_task_ids(supervisor: Supervisor) -> set[str]:
    """The ids of their task instances. With the local executor, all of them are processes of this machine."""
    return _task_ids(supervisor.processes())


def end_left_processes(supervisor: Supervisor) -> None:
    """Kill what ended tasks left running, unless a task is still running: the scheduler cannot stop while these hold
    the pipes of the task (`[workers] socket_cleanup_timeout`: 60 s)."""
    orphans = {process.pid for process in supervisor.orphans()}
    # A process that a task has forked has the task's title.
    if orphans and not _task_ids(process for process in supervisor.processes() if process.pid not in orphans):
        supervisor.end_orphans()


def _task_ids(processes: Iterable[Any]) -> set[str]:
    import psutil

    found = set()
    for process in processes:
        try:
            title = TASK_PROCESS_TITLE.search(" ".join(process.cmdline()).strip())
        except psutil.Error:  # it has ended
            continue
        if title:
            found.add(title[1])
    return found
