"""The tasks that this home's scheduler has at work, by the titles of their processes."""

import re

from mlopsctl.adapters.supervisor.control import Supervisor

# As Airflow titles the process of a task: the id of its task instance.
TITLE = re.compile(r"airflow worker -- ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$")


def tasks_at_work(supervisor: Supervisor) -> set[str]:
    """The ids of their task instances. The executor is the local one: all of them are processes of this machine."""
    import psutil

    found = set()
    for process in supervisor.processes():
        try:
            title = TITLE.search(" ".join(process.cmdline()).strip())
        except psutil.Error:  # gone meanwhile
            continue
        if title:
            found.add(title[1])
    return found
