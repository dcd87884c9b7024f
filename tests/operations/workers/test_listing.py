import socket
import time
from dataclasses import replace

import pytest

from mlopsctl.core.workers import Report, TasksOfQueue, Wanted, WorkerState
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers import listing
from mlopsctl.operations.workers.registry import Registry
from tests.operations.workers.conftest import Services

REPORT = Report(True, True, 8, ("gpu", "default"), "3.3.2", "abc", 50.0, 2.0, 3.0, ("t1", "t2"))


class Metadata:
    def tasks_of_queues(self) -> list[TasksOfQueue]:
        return [TasksOfQueue("default", 3, 1, 12.5), TasksOfQueue("nobody", 2, 0, 99.0)]


@pytest.fixture
def head(platform: Platform) -> Platform:
    """With a worker of its own that is ready, and one host."""
    platform.home.run.mkdir(exist_ok=True)
    platform.home.worker_state.write_text('{"pid": 7, "state": "ready"}')
    Registry(platform.home).add("w1")
    Registry(platform.home).report("w1", REPORT)
    services = Services(platform.home, "worker")
    return replace(platform, supervisor=services, metadata=Metadata())  # type: ignore[arg-type]


def test_workers_are_listed_with_what_they_reported(head: Platform) -> None:
    Registry(head.home).add("w2")
    own, w1, w2 = listing.workers(head)
    assert (own.host, own.state, own.slots, own.version) == (socket.gethostname(), WorkerState.READY, 4, "3.3.2")
    assert (w1.host, w1.state, w1.queues, w1.slots, w1.busy) == ("w1", WorkerState.READY, ("gpu", "default"), 8, 2)
    assert (w1.version, w1.dags_revision, w1.since) == ("3.3.2", "abc", 50.0)
    assert (w2.host, w2.state, w2.slots) == ("w2", WorkerState.STARTING, 0)


def test_a_worker_of_the_head_that_does_not_run_is_stopped(head: Platform) -> None:
    stopped = replace(head, supervisor=Services(head.home))
    assert listing.workers(stopped)[0].state is WorkerState.STOPPED
    head.home.worker_state.write_text('{"pid": 7, "state": "starting"}')
    assert listing.workers(head)[0].state is WorkerState.STARTING


def test_a_queue_has_the_slots_of_those_that_take_from_it(head: Platform) -> None:
    found = {queue.name: queue for queue in listing.queues(head)}
    assert list(found)[:1] == ["default"] and set(found) == {"default", "head", "gpu", "nobody"}
    default, gpu, nobody = found["default"], found["gpu"], found["nobody"]
    assert (default.workers, default.slots, default.waiting, default.running) == (2, 12, 3, 1)
    assert (gpu.workers, gpu.slots, gpu.waiting, gpu.oldest_seconds) == (1, 8, 0, None)
    assert (nobody.workers, nobody.slots, nobody.waiting, nobody.oldest_seconds) == (0, 0, 2, 99.0)


@pytest.mark.parametrize("how", ["drained", "dead"])
def test_a_worker_that_takes_no_tasks_has_no_slots_for_a_queue(
    head: Platform, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "drained":
        Registry(head.home).want("w1", Wanted.DRAIN)
    else:
        later = time.time() + 60
        monkeypatch.setattr(time, "time", lambda: later)
    found = {queue.name: (queue.workers, queue.slots) for queue in listing.queues(head)}
    assert found["default"] == (1, 4) and found.get("gpu", (0, 0)) == (0, 0)
