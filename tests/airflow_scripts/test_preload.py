"""A component starts with the listed modules, and in any case without them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.programs import NO_MODULES, NO_SCRIPT_FOLDER, SCRIPTS

# Instead of Airflow: prints what it was started with, which modules are there, and whose executor it is.
AIRFLOW = """
import json, os, sys
from airflow.executors.local_executor import LocalExecutor
def main():
    called = getattr(sys.modules.get("wanted"), "called", None)
    print(json.dumps({
        "argv": sys.argv, "loaded": "wanted" in sys.modules, "called": called, "env": os.environ.get("ALLOCATOR"),
        "executor": LocalExecutor.__module__, "scripts": [p for p in sys.path if p.endswith("airflow_scripts")],
    }))
"""

# Instead of Airflow's executor: as far as on_demand_executor.py overrides it.
EXECUTOR = """
class LocalExecutor:
    def _spawn_worker(self): ...
"""

# Instead of that of Airflow 2: the worker that has ended has not reported it.
EXECUTOR_2 = """
class LocalWorkerBase: ...
class LocalExecutor:
    class UnlimitedParallelism:
        results = ["a"]
        def sync(self):
            self.results.clear()
"""
SETTINGS_2 = """
class engine:
    open = True
    @classmethod
    def dispose(cls, close=True):
        cls.open = close
"""
FORKING_2 = """
import os
from airflow import settings
from airflow.executors.local_executor import LocalExecutor
def main():
    executor = LocalExecutor.LimitedParallelism()
    executor.end()
    _, status = os.waitpid(os.fork() or os._exit(settings.engine.open), 0)
    print('{"read": %d, "of_parent": %d, "of_child": %d}' % (not executor.results, settings.engine.open, status))
"""

CELERY_CONF = """
class conf:
    get = staticmethod(lambda section, name: "CeleryExecutor,LocalExecutor")
"""
CELERY_AIRFLOW = """
import json
from airflow.executors.local_executor import LocalExecutor
from airflow.providers.celery.executors.celery_executor import CeleryExecutor
def main():
    print(json.dumps([CeleryExecutor.__module__, LocalExecutor.__module__]))
"""

# Instead of the client of the API server.
CLIENT = """
class Client:
    def __init__(self, base_url, token):
        if {reason!r}:
            raise OSError({reason!r})
    def close(self):
        open(__file__.removesuffix("airflow/sdk/api/client.py") + "client", "w").write("closed")
"""

# Instead of Airflow's process for a task: its start is reported at 7 s.
SUPERVISOR = """
class ActivitySubprocess:
    __slots__ = ("_last_heartbeat_attempt", "_last_successful_heartbeat")
    def __init__(self):
        self._last_heartbeat_attempt = 0
    def _on_child_started(self, *, ti):
        self._last_successful_heartbeat = 7
"""
STARTED = """
from airflow.sdk.execution_time.supervisor import ActivitySubprocess
def main():
    process = ActivitySubprocess()
    process._on_child_started(ti="task")
    print(process._last_heartbeat_attempt)
"""

# Instead of Airflow's process for a task: it waits for the sockets of the process, of which there are one and none.
SERVICE = """
class WatchedSubprocess:
    def __init__(self, sockets):
        self.selector = self
        self.get_map = lambda: sockets
    def _service_subprocess(self, max_wait_time, raise_on_timeout=False):
        return max_wait_time
class ActivitySubprocess(WatchedSubprocess): pass
"""
SERVED = """
from airflow.sdk.execution_time.supervisor import ActivitySubprocess, WatchedSubprocess
def main():
    print([ActivitySubprocess(["socket"])._service_subprocess(max_wait_time=5),
           ActivitySubprocess([])._service_subprocess(5, raise_on_timeout=True),
           ActivitySubprocess([])._service_subprocess(max_wait_time=0), WatchedSubprocess([])._service_subprocess(5)])
"""

WANTED = """
import os
assert os.environ["ALLOCATOR"] == "quiet"
called = 0
def call():
    global called
    called += 1
def fail():
    raise LookupError("no such plugin")
"""

# Instead of the requests for connections. The first answer is that there is none; time passes between the last two.
SECRETS = """
class ExecutionAPISecretsBackend:
    asked = 0
    def get_connection(self, conn_id, team_name=None):
        self.asked += 1
        return {"id": conn_id} if self.asked > 1 else None
"""
ASKING = """
import json, time
from airflow.sdk.execution_time.secrets.execution_api import ExecutionAPISecretsBackend
def main():
    backend = ExecutionAPISecretsBackend()
    answers = [backend.get_connection("store") for _ in range(3)]
    answers[1]["id"] = "changed by a hook"
    answers += [backend.get_connection("store"), backend.get_connection("other")]
    asked, now = backend.asked, time.monotonic() + 6
    time.monotonic = lambda: now
    answers.append(backend.get_connection("store"))
    print(json.dumps([[answer and answer["id"] for answer in answers], asked, backend.asked]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "airflow" / "executors").mkdir(parents=True)
    (tmp_path / "airflow" / "__init__.py").touch()
    (tmp_path / "airflow" / "executors" / "local_executor.py").write_text(EXECUTOR)
    (tmp_path / "airflow" / "__main__.py").write_text(AIRFLOW)
    (tmp_path / "wanted.py").write_text(WANTED)
    (tmp_path / "broken.py").write_text("raise SystemExit('no licence')")
    listed = {"modules": ["broken", "wanted"], "by_tasks": ["wanted"], "env": {"ALLOCATOR": "quiet"}}
    (tmp_path / "modules.json").write_text(json.dumps(listed))
    return tmp_path


def start(folder: Path, component: str = "scheduler", listed: Path | None = None, *options: str) -> Any:
    command = [sys.executable, *NO_SCRIPT_FOLDER, str(SCRIPTS / "preload.py"), *options]
    done = subprocess.run(
        [*command, str(listed or folder), component, "--skip-serve-logs"],
        env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def report(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "scheduler.json").read_text())
    del content["pid"]
    return content


def test_the_listed_modules_are_imported_before_airflow_runs(folder: Path) -> None:
    shown = start(folder)
    assert shown["argv"] == ["airflow", "scheduler", "--skip-serve-logs"]
    assert shown["loaded"] and shown["env"] is None
    assert shown["scripts"] == [], "`import schema` in a DAG file does not find a script of ours"
    failed = {"broken": "SystemExit: no licence"}
    assert report(folder) == {"state": "done", "modules": ["wanted"], "failed": failed}


def test_without_its_folder_a_component_starts_all_the_same(folder: Path) -> None:
    assert start(folder, listed=folder / "cache" / "preload")["argv"]


def test_only_the_scheduler_has_an_executor_of_ours_and_the_modules_of_tasks(folder: Path) -> None:
    scheduler, dag_processor = (start(folder, name) for name in ("scheduler", "dag-processor"))
    assert scheduler["executor"] == "on_demand_executor" and scheduler["loaded"]
    assert dag_processor["executor"] == "airflow.executors.local_executor" and not dag_processor["loaded"]


def test_a_component_that_forks_nothing_imports_nothing(folder: Path) -> None:
    shown = start(folder, "scheduler", None, NO_MODULES)
    assert not shown["loaded"] and shown["executor"] == "on_demand_executor"
    assert report(folder) == {"state": "done", "modules": [], "failed": {}}


def test_the_scheduler_has_our_executor_for_workers(folder: Path) -> None:
    executors = folder / "airflow" / "providers" / "celery" / "executors"
    executors.mkdir(parents=True)
    (executors / "celery_executor.py").write_text("class CeleryExecutor: ...")
    (folder / "redis").mkdir()
    (folder / "redis" / "exceptions.py").write_text("class RedisError(Exception): ...")
    (folder / "airflow" / "configuration.py").write_text(CELERY_CONF)
    (folder / "airflow" / "executors" / "local_executor.py").write_text(f"import airflow.configuration\n{EXECUTOR}")
    (folder / "airflow" / "__main__.py").write_text(CELERY_AIRFLOW)
    assert start(folder) == ["celery_results", "on_demand_executor"]


def test_a_worker_of_airflow_2_leaves_the_connections_to_the_scheduler(folder: Path) -> None:
    (folder / "airflow" / "executors" / "local_executor.py").write_text(EXECUTOR_2)
    (folder / "airflow" / "settings.py").write_text(SETTINGS_2)
    (folder / "airflow" / "__main__.py").write_text(FORKING_2)
    assert start(folder) == {"read": 1, "of_parent": 1, "of_child": 0}


def test_an_executor_that_is_not_known_stays_as_it_is(folder: Path) -> None:
    (folder / "airflow" / "executors" / "local_executor.py").write_text("class LocalExecutor: ...")
    shown = start(folder)
    assert shown["executor"] == "airflow.executors.local_executor" and shown["loaded"]


def test_a_listed_function_is_called_and_its_failure_is_reported(folder: Path) -> None:
    (folder / "modules.json").write_text(
        '{"modules": ["wanted:call", "wanted:fail", "wanted"], "env": {"ALLOCATOR": "quiet"}}'
    )
    assert start(folder)["called"] == 1
    failed = {"wanted:fail": "LookupError: no such plugin"}
    assert report(folder) == {"state": "done", "modules": ["wanted:call", "wanted"], "failed": failed}


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"modules": 1}'])
def test_without_a_listing_airflow_starts_all_the_same(folder: Path, content: str) -> None:
    (folder / "modules.json").write_text(content)
    assert not start(folder)["loaded"]


@pytest.mark.parametrize(
    ("state", "seconds_ago", "loaded"),
    [("importing", 60, False), ("done", 5, False), ("done", 60, True), ("skipped", 60, True)],
)
def test_after_an_early_end_nothing_is_imported(folder: Path, state: str, seconds_ago: int, loaded: bool) -> None:
    last = folder / "scheduler.json"
    last.write_text(json.dumps({"state": state}))
    then = last.stat().st_mtime - seconds_ago
    os.utime(last, (then, then))
    shown = start(folder)
    assert shown["loaded"] is loaded
    assert shown["executor"] == ("on_demand_executor" if loaded else "airflow.executors.local_executor")
    assert report(folder)["state"] == ("done" if loaded else "skipped")


@pytest.mark.parametrize("reason", ["", "no such file"])
def test_certificates_are_loaded_before_airflow_runs(folder: Path, reason: str) -> None:
    package = folder / "airflow" / "sdk" / "api"
    package.mkdir(parents=True)
    (package / "client.py").write_text(CLIENT.format(reason=reason))
    (folder / "modules.json").write_text('{"modules": ["airflow.sdk.api.client"], "env": {}}')
    start(folder)
    assert (folder / "client").read_text() == "closed" if not reason else not (folder / "client").exists()
    assert report(folder)["failed"] == ({"airflow.sdk.api.client": f"OSError: {reason}"} if reason else {})


@pytest.mark.parametrize(
    ("supervisor", "airflow", "answer"), [(SUPERVISOR, STARTED, 7), (SERVICE, SERVED, [5, 0.01, 0, 5])],
    ids=["first-heartbeat-after-the-interval", "end-noticed-after-the-sockets-closed"],
)  # fmt: skip
def test_the_supervisor_of_a_task_waits_as_long_as_it_has_to(
    folder: Path, supervisor: str, airflow: str, answer: object
) -> None:
    package = folder / "airflow" / "sdk" / "execution_time"
    package.mkdir(parents=True)
    (package / "supervisor.py").write_text(supervisor)
    (folder / "airflow" / "__main__.py").write_text(airflow)
    (folder / "modules.json").write_text('{"modules": ["airflow.sdk.execution_time.supervisor"], "env": {}}')
    assert start(folder) == answer
    assert report(folder)["failed"] == {}


def test_a_task_keeps_a_connection_for_seconds(folder: Path) -> None:
    package = folder / "airflow" / "sdk" / "execution_time" / "secrets"
    package.mkdir(parents=True)
    (package / "execution_api.py").write_text(SECRETS)
    (folder / "airflow" / "__main__.py").write_text(ASKING)
    (folder / "modules.json").write_text('{"modules": ["airflow.sdk.execution_time.secrets.execution_api"], "env": {}}')
    answers, asked, asked_later = start(folder)
    assert answers == [None, "changed by a hook", "store", "store", "other", "store"]
    assert (asked, asked_later) == (3, 4)
