"""The tasks that this home's scheduler is running, from the titles of their processes."""

from mlopsctl.adapters.airflow.release import TASK_PROCESS_TITLE
from mlopsctl.adapters.supervisor.control import Supervisor


def running_task_ids(supervisor: Supervisor) -> set[str]:
    """The ids of their task instances. With the local executor, all of them are processes of this machine."""
    import psutil

    found = set()
    for process in supervisor.processes():
        try:
            title = TASK_PROCESS_TITLE.search(" ".join(process.cmdline()).strip())
        except psutil.Error:  # it has ended
            continue
        if title:
            found.add(title[1])
    return found
