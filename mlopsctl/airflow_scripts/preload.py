"""Run by the managed Airflow's Python: an Airflow component, with modules imported beforehand.

    preload.py FOLDER COMPONENT ARGUMENT…

The component forks a process for each task, or for each DAG file that it parses. What is imported here once is not
imported there again and again. FOLDER/modules.json lists the modules, and functions of warm_up.py, which were tried:
{"modules": [name], "by_tasks": [those of them that no DAG file imports when it is parsed], "env": variables for the
imports}. FOLDER/COMPONENT.json says what came of it: {"pid", "state": "importing", "done" or "skipped", "modules":
[name], "failed": {name: reason}}.

A component must start in any case. If its last process ended while it imported, or within EARLY_END seconds after
that, this one imports nothing.
"""

import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from copy import copy
from functools import partial, wraps
from pathlib import Path
from typing import Any

CLIENT = "airflow.sdk.api.client"
SUPERVISOR = "airflow.sdk.execution_time.supervisor"
SECRETS = "airflow.sdk.execution_time.secrets.execution_api"
CONNECTION_AGE = 5.0  # seconds for which a task uses a connection that it has asked for
EARLY_END = 20.0  # seconds within which the end of a component is put down to the modules


def main(folder: Path, component: str, arguments: list[str]) -> None:
    gc.set_threshold(50_000)  # as all components have it: see run_airflow in adapters/airflow/release.py
    report = folder / f"{component}.json"
    if _ended_early(report):
        _write(report, {"state": "skipped", "modules": [], "failed": {}})
    else:
        _import(**_listed(folder / "modules.json", component), report=report)
        if component == "scheduler":
            _start_workers_on_demand()
    sys.argv = ["airflow", component, *arguments]
    from airflow.__main__ import main as airflow

    airflow()


def _ended_early(report: Path) -> bool:
    """Whether the last process of this component ended while it imported, or soon after. mlopsctl removes the report
    when it starts the component itself."""
    try:
        last = json.loads(report.read_text(encoding="utf-8"))
        return last["state"] == "importing" or time.time() - report.stat().st_mtime < EARLY_END
    except (OSError, ValueError, KeyError):
        return False


def _listed(listing: Path, component: str) -> dict[str, Any]:
    try:
        content = json.loads(listing.read_text(encoding="utf-8"))
        useless = content["by_tasks"] if component == "dag-processor" else ()
        return {"modules": [name for name in content["modules"] if name not in useless], "env": content["env"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {"modules": [], "env": {}}


def _import(modules: list[str], env: dict[str, str], report: Path) -> None:
    _write(report, {"state": "importing", "modules": [], "failed": {}})
    failed: dict[str, str] = {}
    warm_up = _script("warm_up")
    added = {name: value for name, value in env.items() if name not in os.environ}
    os.environ.update(added)
    loads: list[tuple[str, Callable[[], object]]] = [(name, partial(warm_up.load, name)) for name in modules]
    fewer = [(CLIENT, _load_certificates), (SUPERVISOR, _delay_first_heartbeat), (SECRETS, _keep_connections)]
    for name, load in [*loads, *fewer]:
        try:
            load()
        except BaseException as e:  # noqa: BLE001  # whatever it is, a task must meet it, and not the component
            failed[name] = f"{type(e).__name__}: {e}"
    for name in added:
        del os.environ[name]
    os.register_at_fork(after_in_child=_reseed)
    # Otherwise, the collector writes to the memory that the forked processes share.
    os.register_at_fork(after_in_child=gc.freeze)
    gc.collect()
    gc.freeze()
    loaded = [module for module in modules if module not in failed]
    _write(report, {"state": "done", "modules": loaded, "failed": failed})


def _start_workers_on_demand() -> None:
    """Airflow loads its executor by name, so that the configuration stays that of every other component."""
    ours = _script("on_demand_executor")
    airflows: Any = importlib.import_module("airflow.executors.local_executor")
    airflows.LocalExecutor = ours.LocalExecutor


def _load_certificates() -> None:
    """Those that the workers' requests to the API server have. Each would load its own: 40 ms of CPU and 1.4 MB."""
    if client := sys.modules.get(CLIENT):
        client.Client(base_url="http://localhost", token="").close()


def _delay_first_heartbeat() -> None:
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


def _script(name: str) -> Any:
    """A module of this folder, which tasks do not have on their search path."""
    sys.path.append(str(Path(__file__).parent))
    found = importlib.import_module(name)
    sys.path.pop()
    return found


def _keep_connections() -> None:
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


def _reseed() -> None:
    """Give a forked process its own random numbers: NumPy seeds its global generator when it is imported, so that all
    tasks would draw the same numbers. Python's own generator does this by itself."""
    if numpy_random := sys.modules.get("numpy.random"):
        numpy_random.seed()


def _write(path: Path, content: dict[str, Any]) -> None:
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"pid": os.getpid(), **content}), encoding="utf-8")
    new.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
