"""Workers are started for tasks, and end when they have waited."""

import importlib
import multiprocessing
import sys
import time
from types import ModuleType
from typing import Any

import pytest

from mlopsctl.adapters.airflow.programs import SCRIPTS


class AirflowsExecutor:
    """What the executor uses of Airflow's. Its workers do nothing: the tests take their place."""

    def _read_results(self) -> None:
        while not self.result_queue.empty():  # type: ignore[attr-defined]
            self.result_queue.get()  # type: ignore[attr-defined]

    def _spawn_worker(self) -> None:
        self.workers[len(self.workers)] = "idle"  # type: ignore[attr-defined]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    airflow = ModuleType("airflow.executors.local_executor")
    airflow.LocalExecutor = AirflowsExecutor  # type: ignore[attr-defined]
    executors = ModuleType("airflow.executors")
    executors.local_executor = airflow  # type: ignore[attr-defined]
    for module in (ModuleType("airflow"), executors, airflow):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.syspath_prepend(str(SCRIPTS))
    for name in ("on_demand_executor", "scheduler_sleep"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    module = importlib.import_module("on_demand_executor")
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.01)
    return module


def test_there_is_a_worker_for_each_task_that_has_not_ended(script: Any) -> None:
    executor = script.LocalExecutor()
    executor.start()
    executor._spawn_workers_with_gc_freeze(32)
    assert not executor.workers
    executor.activity_queue.put("a")
    executor.activity_queue.put("b")
    executor._spawn_workers_with_gc_freeze(32)
    assert len(executor.workers) == 2
    executor.activity_queue.put(None)  # asks a worker to end
    executor.result_queue.put(("a", "running", None))
    executor.result_queue.put(("a", "success", None))
    executor.activity_queue.put("c")  # for the worker that has ended a
    executor._spawn_workers_with_gc_freeze(30)
    assert len(executor.workers) == 2
    executor.activity_queue.put("d")
    executor._spawn_worker()
    assert len(executor.workers) == 3


def test_a_worker_ends_if_it_waits_for_a_task(script: Any) -> None:
    tasks = script.Workloads(ctx=multiprocessing.get_context("fork"))
    tasks.put("a")
    assert tasks.get() == "a"
    assert tasks.get() is None
    with tasks._rlock:  # held by another worker that waits
        assert tasks.get() is None
    tasks.put("b")
    assert tasks.get() == "b"


def test_the_scheduler_sleeps_until_a_task_ends(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler = ModuleType("airflow.jobs.scheduler_job_runner")
    scheduler.time = time  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, scheduler.__name__, scheduler)
    executor = script.LocalExecutor()
    executor.start()
    executor.result_queue.put(("a", "success", None))
    began = time.monotonic()
    scheduler.time.sleep(60)
    assert time.monotonic() - began < 60
    assert executor.result_queue.get() == ("a", "success", None)
