"""The LocalExecutor of Airflow 2 with a worker for each task, instead of as many as there may be tasks at once.

Airflow has both: `[core] parallelism = 0` selects a worker for each task, and removes the limit. The scheduler keeps to
the limit by itself.
"""

import multiprocessing
import os
import time
from typing import Any

from airflow import settings
from airflow.executors import local_executor

END_POLL = 0.1  # seconds between two looks whether all tasks have ended


class WorkerPerTask(local_executor.LocalExecutor.UnlimitedParallelism):  # type: ignore[misc]  # Airflow is not there
    def sync(self) -> None:
        multiprocessing.active_children()  # no worker that has ended is kept as a zombie
        super().sync()

    def end(self) -> None:
        """Airflow's own polls in a busy loop, and never returns if a worker was killed."""
        while any(isinstance(child, local_executor.LocalWorkerBase) for child in multiprocessing.active_children()):
            self.sync()
            time.sleep(END_POLL)
        self.sync()


def install() -> None:
    local_executor.LocalExecutor.LimitedParallelism = WorkerPerTask
    os.register_at_fork(after_in_child=_leave_connections)


def _leave_connections() -> None:
    """Those to the metadata database stay with the scheduler. A worker closes what it has inherited: on the server,
    too, so that a query of the scheduler fails, and with it the scheduler.

    https://docs.sqlalchemy.org/en/14/core/pooling.html#using-connection-pools-with-multiprocessing-or-os-fork"""
    engine: Any = settings.engine
    if engine:
        engine.dispose(close=False)
