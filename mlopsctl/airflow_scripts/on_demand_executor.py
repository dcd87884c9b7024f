"""Airflow's LocalExecutor, with as many workers as there are tasks.

Airflow starts `[core] parallelism` of them, and they never end: 32 take 400 MiB, and 900 MiB after some tasks. They are
forks of the scheduler, with the modules that were imported there, and start within milliseconds. So each is started for
a task, and ends when it has waited IDLE_SECONDS for another one.
"""

import ctypes
import multiprocessing
import time
from multiprocessing.queues import SimpleQueue
from multiprocessing.reduction import ForkingPickler
from typing import Any

import scheduler_sleep
from airflow.executors import local_executor

IDLE_SECONDS = 5.0


class Workloads(SimpleQueue[Any]):
    """The tasks from the scheduler to its workers. `sent`: how many there were."""

    sent = 0
    _reader: Any
    _rlock: Any

    def put(self, obj: Any) -> None:
        super().put(obj)
        self.sent += obj is not None

    def get(self) -> Any:
        """The next task. None, which ends the worker, if there is none for so long."""
        give_up = time.monotonic() + IDLE_SECONDS
        if not self._rlock.acquire(timeout=IDLE_SECONDS):
            return None
        try:
            found = self._reader.poll(max(0.0, give_up - time.monotonic()))
            data = self._reader.recv_bytes() if found else None
        finally:
            self._rlock.release()
        return ForkingPickler.loads(data) if data else None


class Results(SimpleQueue[Any]):
    """What became of the tasks, from the workers to the scheduler. `received`: how many have ended."""

    received = 0
    _reader: Any

    def get(self) -> Any:
        result = super().get()
        self.received += result[1] != "running"  # of a callback also its start is reported
        return result

    def wait(self, seconds: float) -> None:
        """Until there is a result, or for so many seconds."""
        self._reader.poll(seconds)


class LocalExecutor(local_executor.LocalExecutor):  # type: ignore[misc]  # Airflow is not there when types are checked
    """Of a worker that was killed no result arrives. One worker more than necessary may then start with each task; it
    ends when it has waited."""

    def start(self) -> None:
        context = multiprocessing.get_context("fork")
        self.activity_queue = Workloads(ctx=context)
        self.result_queue = Results(ctx=context)
        self.workers: dict[int, multiprocessing.Process] = {}
        self._unread_messages = multiprocessing.Value(ctypes.c_uint)
        scheduler_sleep.replace(self.result_queue.wait)

    def _spawn_workers_with_gc_freeze(self, spawn_number: int) -> None:
        """Airflow 3.1.8 and later. Its own unfreezes the preloaded modules' objects afterwards."""
        for _ in range(spawn_number):
            self._spawn_worker()

    def _spawn_worker(self) -> None:
        self._read_results()
        if len(self.workers) < self.activity_queue.sent - self.result_queue.received:
            super()._spawn_worker()
