"""When a worker sees that its task has ended: at once. preload.py calls notice_at_once after the modules are imported.

The names are those of the task SDK of Airflow 3.0 to 3.3. Where one is missing, nothing is changed.
"""

import sys
from functools import wraps
from typing import Any

SUPERVISOR = "airflow.sdk.execution_time.supervisor"
CLOSED_POLL = 0.01  # seconds between two looks whether a process without open sockets has ended


def notice_at_once() -> None:
    """Airflow looks whether the process has ended when the last of its sockets closes. Often it ends a moment later:
    then nothing wakes the worker before [workers] min_heartbeat_interval (5 seconds) is over, and so long it takes no
    other task."""
    supervisor: Any = getattr(sys.modules.get(SUPERVISOR), "ActivitySubprocess", None)
    if not hasattr(supervisor, "_service_subprocess"):
        return
    service = supervisor._service_subprocess

    @wraps(service)
    def service_subprocess(self: Any, max_wait_time: float, *args: Any, **kwargs: Any) -> Any:
        if not self.selector.get_map():
            max_wait_time = min(max_wait_time, CLOSED_POLL)
        return service(self, max_wait_time, *args, **kwargs)

    supervisor._service_subprocess = service_subprocess
