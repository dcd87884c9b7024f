"""The scheduler waits until a worker publishes the result of a task."""

import importlib
import logging
import sys
import time
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from mlopsctl.adapters.airflow.programs import SCRIPTS

STARTED, SUCCESS = {"data": b'{"status": "STARTED"}'}, {"data": b'{"status": "SUCCESS"}'}


class RedisError(Exception):
    pass


class Published:
    """Redis: what it publishes, one after the other. None: nothing within the time."""

    def __init__(self, *messages: Any) -> None:
        self.messages, self.patterns = list(messages), [""][:0]

    @property
    def subscribed(self) -> bool:
        return bool(self.patterns)

    def psubscribe(self, pattern: str) -> None:
        self.patterns.append(pattern)

    def get_message(self, timeout: float) -> Any:
        if not self.messages:
            time.sleep(timeout)
            return None
        if isinstance(self.messages[0], Exception):
            raise self.messages[0]
        return self.messages.pop(0)


class AirflowsExecutor:
    published: Published
    log = logging.getLogger(__name__)
    away: Exception | None = None
    reads = 0

    def sync(self) -> None:
        if self.away:
            raise self.away
        self.reads += 1

    def start(self) -> None:
        client = SimpleNamespace(pubsub=lambda ignore_subscribe_messages: self.published)
        backend = SimpleNamespace(client=client, get_key_for_task=lambda task: f"celery-task-meta-{task}")
        self.celery_app = SimpleNamespace(backend=backend)


@pytest.fixture
def executor(monkeypatch: pytest.MonkeyPatch) -> Any:
    airflow = ModuleType("airflow.providers.celery.executors")
    airflow.celery_executor = SimpleNamespace(CeleryExecutor=AirflowsExecutor)  # type: ignore[attr-defined]
    exceptions = ModuleType("redis.exceptions")
    exceptions.RedisError = RedisError  # type: ignore[attr-defined]
    parents = ("airflow", "airflow.providers", "airflow.providers.celery", "redis")
    for module in (*map(ModuleType, parents), airflow, exceptions):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.syspath_prepend(str(SCRIPTS))
    for name in ("celery_results", "scheduler_sleep"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("celery_results").CeleryExecutor()


def wait(executor: Any, seconds: float, *messages: Any) -> float:
    executor.published = Published(*messages)
    executor.start()
    began = time.monotonic()
    executor._wait(seconds)
    return time.monotonic() - began


def test_it_wakes_up_when_a_task_has_ended(executor: Any) -> None:
    assert wait(executor, 60, None, STARTED, SUCCESS, SUCCESS) < 60
    assert executor.published.patterns == ["celery-task-meta-*"]
    assert not executor.published.messages, "those that follow do not wake it up again"


def test_the_start_of_a_task_does_not_wake_it_up(executor: Any) -> None:
    assert wait(executor, 0.05, STARTED) >= 0.05


def test_without_redis_it_sleeps(executor: Any) -> None:
    assert wait(executor, 0.05, RedisError("Connection refused")) >= 0.05


def test_results_are_read_when_redis_is_back(executor: Any) -> None:
    executor.away = RedisError("Connection refused")
    executor.sync()
    executor.away = None
    executor.sync()
    assert executor.reads == 1
    executor.away = ValueError("something else")
    with pytest.raises(ValueError, match="something else"):
        executor.sync()
