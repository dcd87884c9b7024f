"""The plugin that ends what a task has left running, in a process of its own: it ends the children of its process."""

import subprocess
import sys
from pathlib import Path

import pytest

from mlopsctl.adapters.airflow.programs import PLUGIN

TASK = """
import logging, subprocess, sys, types
from unittest.mock import Mock

sys.modules["airflow.listeners"] = types.SimpleNamespace(hookimpl=lambda function: function)
sys.modules["airflow.plugins_manager"] = types.SimpleNamespace(AirflowPlugin=object)
logging.basicConfig(level="INFO", format="%(message)s", stream=sys.stdout)
exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"))
component = type(sys.argv[2], (), {})()
"""


def at_the_end_of(component: str, code: str) -> list[str]:
    """What a process prints that starts others, and then calls the plugin."""
    program = f"{TASK}\n{code}"
    run = subprocess.run(
        [sys.executable, "-c", program, PLUGIN, component], capture_output=True, text=True, check=True, timeout=60
    )
    return run.stdout.splitlines()


CALL = "TaskEnd().before_stopping(component)\n"


def test_a_process_that_a_task_left_running_is_ended_and_named() -> None:
    start = "left = subprocess.Popen(['sleep', '60'])\n"
    named, code = at_the_end_of("TaskRunnerMarker", f"{start}{CALL}print(left.poll() is None)")
    assert named.startswith("Ended processes that the task left running: sleep (")
    assert code == "False"


@pytest.mark.parametrize(
    ("component", "options"),
    [("TaskRunnerMarker", "start_new_session=True"), ("TaskRunnerMarker", "process_group=0"), ("Job", "")],
    ids=["daemon", "own-group", "not-a-task"],
)
def test_daemons_and_children_of_other_components_stay(component: str, options: str) -> None:
    start = f"left = subprocess.Popen(['sleep', '60'], stdout=subprocess.DEVNULL, {options})\n"
    assert at_the_end_of(component, f"{start}{CALL}print(left.poll())\nleft.kill()") == ["None"]


def test_a_task_without_children_logs_nothing() -> None:
    assert at_the_end_of("TaskRunnerMarker", CALL) == []


def test_pools_of_joblib_are_shut_down() -> None:
    """By joblib itself: a worker that is killed leaves semaphores, for which it writes warnings into the log."""
    pool = "pool = Mock()\nsys.modules[POOLS[0]] = types.SimpleNamespace(_executor=pool)\n"
    (call,) = at_the_end_of("TaskRunnerMarker", f"{pool}{CALL}print(pool.method_calls)")
    assert call == "[call.shutdown(wait=True, kill_workers=True)]"


def test_the_file_is_all_that_airflow_needs() -> None:
    assert "import mlopsctl" not in Path(PLUGIN).read_text(encoding="utf-8")
