"""What tasks ask the API server for: less. preload.py calls the functions of FEWER after the modules are imported.

The names are those of the task SDK of Airflow 3.0 to 3.3. Where one is missing, nothing is changed.
"""

import sys
import time
from copy import copy
from functools import wraps
from typing import Any

CLIENT = "airflow.sdk.api.client"
SUPERVISOR = "airflow.sdk.execution_time.supervisor"
SECRETS = "airflow.sdk.execution_time.secrets.execution_api"
CONNECTION_AGE = 5.0  # seconds for which a task uses a connection that it has asked for


def load_certificates() -> None:
    """Those that the workers' requests to the API server have. Each would load its own: 40 ms of CPU and 1.4 MB."""
    if client := sys.modules.get(CLIENT):
        client.Client(base_url="http://localhost", token="").close()


def delay_first_heartbeat() -> None:
    """To [workers] min_heartbeat_interval after the start of a task. Airflow reports the start, which counts as a
    heartbeat, and then sends another one at once: a seventh of all requests to the API server while tasks are short."""
    supervisor: Any = getattr(sys.modules.get(SUPERVISOR), "ActivitySubprocess", None)
    if not hasattr(supervisor, "_last_heartbeat_attempt"):
        return
    start = supervisor._on_child_started

    @wraps(start)
    def start_and_wait(self: Any, *args: Any, **kwargs: Any) -> None:
        start(self, *args, **kwargs)
        self._last_heartbeat_attempt = self._last_successful_heartbeat

    supervisor._on_child_started = start_and_wait


def keep_connections() -> None:
    """For CONNECTION_AGE in the process of a task. An operator asks for a connection to find its hook, and the hook
    asks again: two or three requests per SQL task."""
    backend: Any = getattr(sys.modules.get(SECRETS), "ExecutionAPISecretsBackend", None)
    if not backend:
        return
    ask = backend.get_connection
    kept: dict[str, tuple[float, Any]] = {}

    @wraps(ask)
    def get_connection(self: Any, conn_id: str, *args: Any, **kwargs: Any) -> Any:
        asked, connection = kept.get(conn_id, (0.0, None))
        if connection is None or time.monotonic() - asked > CONNECTION_AGE:
            connection = ask(self, conn_id, *args, **kwargs)
            kept[conn_id] = time.monotonic(), connection
        return copy(connection)

    backend.get_connection = get_connection


FEWER = {CLIENT: load_certificates, SUPERVISOR: delay_first_heartbeat, SECRETS: keep_connections}
