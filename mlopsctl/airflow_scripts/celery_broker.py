"""Keep tasks going when a worker loses the broker for a while, or the broker a worker. Imported by celery_worker.py.

A message that a worker has taken is kept by the broker until its task has ended. If the worker is lost before, kombu
delivers the message again after `visibility_timeout`, which is longer than any task takes: a task that had not begun
would wait for so long. Here, each worker says again and again which messages it has, and one of them gives back to
their queues those that no living worker has. If the task is at work all the same, Airflow refuses to start it twice.
"""

import json
import logging
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

INTERVAL = 5.0  # seconds between two signs of life of a worker
SILENCE = 20.0  # seconds without one after which a worker counts as lost, and then for which nobody has its messages
HELD, KEEPER = "mlopsctl.held", "mlopsctl.keeper"  # keys in Redis

log = logging.getLogger(__name__)


def keep_polling() -> None:
    """Stop polling only if a connection is lost by which kombu polls. kombu stops also when redis-py replaces an idle
    connection of its pool, which the broker or the tunnel has closed; and the worker takes no more tasks."""
    from kombu.transport.redis import Transport

    register = Transport.register_with_event_loop

    def register_with_event_loop(transport: Any, connection: Any, loop: Any) -> None:
        register(transport, connection, loop)
        cycle = transport.cycle
        stop_polling = cycle._on_connection_disconnect

        def disconnected(lost: Any) -> None:
            if any(client.connection is lost for _, client, _ in cycle._chan_to_sock):
                stop_polling(lost)

        cycle._on_connection_disconnect = disconnected

    Transport.register_with_event_loop = register_with_event_loop


@dataclass
class HeldMessages:
    """`channel`: of kombu. `worker`: a name that no other process has. Times are those of this process only: clocks of
    hosts differ."""

    channel: Any
    worker: str
    _count: int = 0
    _signs: dict[bytes, tuple[int, float]] = field(default_factory=dict)
    _nobodys: dict[bytes, float] = field(default_factory=dict)

    def step(self, held: list[str], now: float) -> int:
        """Say which messages this worker has, by their tags. How many of lost workers were given back."""
        client = self.channel.client
        self._count += 1
        client.hset(HELD, self.worker, json.dumps([self._count, held]))
        return self._give_back(client, now) if self._is_keeper(client) else 0

    def _is_keeper(self, client: Any) -> bool:
        """One of the workers is, and another one when it is gone."""
        name, seconds = self.worker.encode(), int(3 * INTERVAL)
        return bool(client.set(KEEPER, name, nx=True, ex=seconds)) or (
            client.get(KEEPER) == name and bool(client.expire(KEEPER, seconds))
        )

    def _give_back(self, client: Any, now: float) -> int:
        nobodys = set(client.hkeys(self.channel.unacked_key)) - self._of_living_workers(client, now)
        self._nobodys = {tag: self._nobodys.get(tag, now) for tag in nobodys}
        lost = [tag for tag, since in self._nobodys.items() if now - since >= SILENCE]
        for tag in lost:
            self.channel.qos.restore_by_tag(tag.decode(), client)
        return len(lost)

    def _of_living_workers(self, client: Any, now: float) -> set[bytes]:
        found: set[bytes] = set()
        for worker, text in client.hgetall(HELD).items():
            count, tags = json.loads(text)
            before, since = self._signs.get(worker, (0, now))
            self._signs[worker] = (count, since if count == before else now)
            if now - self._signs[worker][1] < SILENCE:
                found.update(tag.encode() for tag in tags)
            else:
                client.hdel(HELD, worker)
                del self._signs[worker]
        return found


def watch(app: Any) -> None:
    """Start a thread that gives back messages, until the worker ends."""
    threading.Thread(target=_watch, args=(app, uuid.uuid4().hex), daemon=True, name="held messages").start()


def _watch(app: Any, worker: str) -> None:
    from kombu.exceptions import OperationalError

    while True:
        with app.connection_for_write() as connection:
            try:
                messages = HeldMessages(connection.default_channel, worker)
                while True:
                    if number := messages.step(_held(), time.monotonic()):
                        log.warning("gave back %d messages of lost workers", number)
                    time.sleep(INTERVAL)
            except (OperationalError, *connection.connection_errors, *connection.channel_errors) as e:
                log.warning("the broker does not answer: %s", e)
        time.sleep(INTERVAL)


def _held() -> list[str]:
    from celery.worker import state

    while True:
        try:
            return [request.message.delivery_tag for request in state.reserved_requests]
        except RuntimeError:  # the worker has taken or ended a task meanwhile
            continue
