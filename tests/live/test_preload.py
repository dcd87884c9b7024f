"""Modules that are imported before the scheduler and the dag-processor fork, and the tasks that use them."""

import json
from typing import Any

import psutil
import pytest

from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.deadline import poll
from mlopsctl.core.paths import Home
from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live

COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")
USED = {"numpy", "pandas", "joblib", "sklearn.ensemble", "matplotlib.figure"}  # by the tasks of live_preload


def test_tasks_work_with_modules_imported_before_the_fork(platform: LivePlatform) -> None:
    platform.healthy()  # another test may have ended a component
    for component in COMPONENTS:
        report = json.loads((platform.home / "cache" / "preload" / f"{component}.json").read_text())
        assert report["state"] == "done" and not report["failed"]
        # All of them are imported in functions of tasks.
        assert (set(report["modules"]) >= USED) is (component == "scheduler")
    assert platform.json("status")["data"]["not_preloaded"] == []
    run = platform.json("trigger", "live_preload", "--unpause", "--wait")["data"]["run_id"]
    held = values(platform, run)
    assert held["multiply"] == 900.0
    assert held["read"] == [50_000 * 49_999 // 2, 50_000]
    assert min(held["fit"].values()) > 0.9
    assert held["plot"] > 1000
    (numpy_1, python_1), (numpy_2, python_2) = held["draw 0"], held["draw 1"]
    assert numpy_1 != numpy_2 and python_1 != python_2, "each task draws its own random numbers"
    scheduler = psutil.Process(Supervisor(Home(platform.home)).states()["scheduler"].pid)
    assert poll(lambda: not scheduler.children(), every=0.2, give_up_after=60), "workers without a task end"


def values(platform: LivePlatform, run_id: str) -> dict[str, Any]:
    """What the tasks of a run returned."""
    task = "task_id || coalesce(' ' || nullif(map_index, -1), '')"
    sql = f"SELECT {task}, value FROM xcom WHERE run_id = '{run_id}' AND key = 'return_value'"
    shown = platform.mlopsctl("db", "shell", "metadata", "--", "-At", "-F", "\t", "-c", sql)
    assert shown.code == 0, shown.err
    lines = (line.split("\t", 1) for line in shown.out.splitlines())
    return {name: json.loads(value) for name, value in lines}
