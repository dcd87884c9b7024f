"""Airflow's CeleryExecutor, which lets the scheduler know when a task has ended, and waits for Redis when it is away.

Workers write the results of tasks to Redis, and the scheduler reads them in each of its loops. Redis also publishes
them: so the scheduler can sleep until there is one.
"""

import time
from typing import Any

import scheduler_sleep
from airflow.providers.celery.executors import celery_executor
from redis.exceptions import RedisError

STARTED = b'"status": "STARTED"'  # a worker also reports that a task has begun


class CeleryExecutor(celery_executor.CeleryExecutor):  # type: ignore[misc]  # Airflow is not there when types are checked
    def start(self) -> None:
        super().start()
        backend = self.celery_app.backend
        self._published = backend.client.pubsub(ignore_subscribe_messages=True)
        self._results = backend.get_key_for_task("*")
        scheduler_sleep.replace(self._wait)

    def sync(self) -> None:
        """Read the results of tasks; without Redis, in a later loop. Airflow's scheduler would end, and what it had not
        sent yet would wait for ten minutes."""
        try:
            super().sync()
        except RedisError as e:
            self.log.warning("the results of tasks cannot be read yet: %s", e)

    def _wait(self, seconds: float) -> None:
        """Until there is a result, or for so many seconds. Without Redis, all of them."""
        give_up = time.monotonic() + seconds
        try:
            if not self._published.subscribed:
                self._published.psubscribe(self._results)
            while (left := give_up - time.monotonic()) > 0:
                if _is_end(self._published.get_message(timeout=left)):
                    break
            while self._published.get_message(timeout=0):
                pass
        except RedisError:
            time.sleep(max(0.0, give_up - time.monotonic()))


def _is_end(message: dict[str, Any] | None) -> bool:
    return message is not None and STARTED not in message["data"]
