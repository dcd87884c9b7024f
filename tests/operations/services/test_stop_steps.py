"""Stopping a worker: its tasks end first, and a worker without any does not wait for its broker."""

from collections.abc import Callable
from typing import cast

import pytest

from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.operations.services import stop_steps
from mlopsctl.operations.services.stop_steps import IDLE_TIMEOUT, StopServiceStep
from tests.fake_clock import FakeClock


class StuckWorker:
    """A supervisor whose worker does not end by itself."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.killed = 0.0

    def stop(self, name: str, meanwhile: Callable[[], object]) -> None:
        while not self.killed:
            self.clock.sleep(1.0)
            meanwhile()

    def kill(self, name: str) -> None:
        self.killed = self.clock.now


@pytest.mark.parametrize("busy", [0, 300])
def test_a_worker_without_tasks_is_killed_if_it_does_not_end(busy: int, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    worker = StuckWorker(clock)
    monkeypatch.setattr(stop_steps, "running_task_ids", lambda _: {"task"} if clock.now < busy else set())
    list(StopServiceStep("worker", (), cast(Supervisor, worker), clock=clock).do())
    assert busy + IDLE_TIMEOUT <= worker.killed <= busy + IDLE_TIMEOUT + 3
