"""The scheduler follows the number of slots, and starts nothing while mlopsctl holds the tasks."""

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mlopsctl.adapters.airflow.programs import SCRIPTS
from mlopsctl.adapters.files import is_locked, lock

SCHEDULER, EXECUTORS = "airflow.jobs.scheduler_job_runner", "airflow.executors.base_executor"


class SchedulerJobRunner:
    def __init__(self) -> None:
        self._parallelism = 32


class BaseExecutor:
    def __init__(self) -> None:
        self.parallelism = 32


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(str(SCRIPTS))
    monkeypatch.delitem(sys.modules, "parallelism", raising=False)
    module = importlib.import_module("parallelism")
    monkeypatch.setattr(module, "FRESH", -1.0)
    return module


def airflow(monkeypatch: pytest.MonkeyPatch, **scheduler: type) -> tuple[Any, Any]:
    """Modules with copies of the classes above, which the script changes."""
    classes = {"SchedulerJobRunner": type("SchedulerJobRunner", (SchedulerJobRunner,), {}), **scheduler}
    runner, executor = classes["SchedulerJobRunner"], type("BaseExecutor", (BaseExecutor,), {})
    for name, found in ((SCHEDULER, classes), (EXECUTORS, {"BaseExecutor": executor})):
        module = ModuleType(name)
        vars(module).update(found)
        monkeypatch.setitem(sys.modules, name, module)
    for name in ("airflow", "airflow.jobs", "airflow.executors"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    return runner, executor


def test_the_number_of_tasks_follows_the_file(monkeypatch: pytest.MonkeyPatch, script: Any, tmp_path: Path) -> None:
    runner, executor = airflow(monkeypatch)
    script.follow()
    scheduler, local = runner(), executor()
    assert (scheduler._parallelism, local.parallelism) == (32, 32)
    (tmp_path / "slots").write_text("48\n")
    assert (scheduler._parallelism, local.parallelism) == (48, 48)
    (tmp_path / "slots").write_text("4\n")
    assert (scheduler._parallelism, local.parallelism) == (4, 4)
    (tmp_path / "slots").write_text("")
    assert (scheduler._parallelism, local.parallelism) == (32, 32)


def test_no_task_starts_while_the_hold_is_locked(monkeypatch: pytest.MonkeyPatch, script: Any, tmp_path: Path) -> None:
    runner, executor = airflow(monkeypatch)
    script.follow()
    scheduler, local = runner(), executor()
    with lock(tmp_path / "hold"):
        assert is_locked(tmp_path / "hold")
        assert (scheduler._parallelism, local.parallelism) == (0, 1), "an executor does not start with 0"
    assert (scheduler._parallelism, local.parallelism) == (32, 32) and not is_locked(tmp_path / "hold")


def test_another_scheduler_is_left_alone(monkeypatch: pytest.MonkeyPatch, script: Any, tmp_path: Path) -> None:
    class Other:
        def __init__(self) -> None:
            self.limit = 32

    runner, executor = airflow(monkeypatch, SchedulerJobRunner=Other)
    script.follow()
    (tmp_path / "slots").write_text("4\n")
    assert (runner().limit, executor().parallelism) == (32, 32)
    monkeypatch.setitem(sys.modules, SCHEDULER, ModuleType(SCHEDULER))
    script.follow()
