"""The scheduler sleeps until a task ends, but at least as long as it was busy."""

import importlib
import sys
import time
from types import ModuleType
from typing import Any

import pytest

from mlopsctl.adapters.airflow.programs import SCRIPTS


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    monkeypatch.delitem(sys.modules, "scheduler_sleep", raising=False)
    return importlib.import_module("scheduler_sleep")


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch, script: Any) -> Any:
    module = ModuleType(script.SCHEDULER)
    module.time = time  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_the_first_executor_decides_when_the_scheduler_wakes_up(script: Any, scheduler: Any) -> None:
    waited: list[float] = []
    script.replace(waited.append)
    script.replace(lambda _: pytest.fail("of an executor that is not the default one"))
    scheduler.time.sleep(60)
    assert len(waited) == 1 and 59 < waited[0] <= 60
    assert scheduler.time.monotonic is time.monotonic


def test_a_component_without_scheduler_is_not_changed(script: Any) -> None:
    script.replace(lambda _: None)


def test_it_sleeps_at_least_as_long_as_it_was_busy(script: Any) -> None:
    waited: list[float] = []
    sleep = script.Sleep(waited.append)
    for seconds in (0.05, 60.0):
        began = time.monotonic()
        sleep._woke = began - 0.1
        sleep(seconds)
        assert min(seconds, 0.1) <= time.monotonic() - began < 60
    sleep(-1)  # a timer is overdue
    assert waited[0] == waited[2] == 0.0 and waited[1] > 59
