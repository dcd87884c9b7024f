"""The Celery worker of a host, as its own file says; see airflow_scripts/celery_worker.py."""

import json

from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.paths import WORKER, Home


def is_ready(home: Home, supervisor: Supervisor) -> bool:
    """Whether it takes tasks."""
    status = supervisor.states().get(WORKER)
    try:
        content = json.loads(home.worker_state.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    return bool(status and status.pid == content["pid"] and content["state"] == "ready")
