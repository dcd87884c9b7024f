"""What a worker that was lost has taken from the broker, and a worker whose connections are replaced."""

import json
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from mlopsctl.airflow_scripts import celery_broker
from mlopsctl.airflow_scripts.celery_broker import HELD, INTERVAL, KEEPER, SILENCE, HeldMessages


class Redis:
    """As far as the script uses it. Keys do not end by themselves."""

    def __init__(self, *unacknowledged: bytes) -> None:
        self.hashes: dict[str, dict[bytes, bytes]] = {HELD: {}, "unacked": dict.fromkeys(unacknowledged, b"")}
        self.keeper: bytes | None = None

    def hset(self, key: str, name: str, value: str) -> None:
        self.hashes[key][name.encode()] = value.encode()

    def hdel(self, key: str, name: bytes) -> None:
        del self.hashes[key][name]

    def hkeys(self, key: str) -> list[bytes]:
        return list(self.hashes[key])

    def hgetall(self, key: str) -> dict[bytes, bytes]:
        return dict(self.hashes[key])

    def set(self, key: str, value: bytes, nx: bool, ex: int) -> bool | None:
        assert (key, nx, ex) == (KEEPER, True, int(3 * INTERVAL))
        if self.keeper:
            return None
        self.keeper = value
        return True

    def get(self, _: str) -> bytes | None:
        return self.keeper

    def expire(self, _: str, seconds: int) -> bool:
        return seconds > 0


def held_messages(redis: Redis, worker: str) -> HeldMessages:
    def restore_by_tag(tag: str, _: Redis) -> None:
        del redis.hashes["unacked"][tag.encode()]

    qos = SimpleNamespace(restore_by_tag=restore_by_tag)
    return HeldMessages(SimpleNamespace(client=redis, unacked_key="unacked", qos=qos), worker)


def test_messages_of_a_lost_worker_are_given_back_and_no_others() -> None:
    redis = Redis(b"lost", b"own", b"other")
    keeper, other, lost = (held_messages(redis, name) for name in ("keeper", "other", "lost"))
    lost.step(["lost"], 0.0)
    redis.keeper = None  # its time has ended
    given_back = []
    for step in range(20):
        now = step * INTERVAL
        given_back += [now] * keeper.step(["own"], now)
        other.step(["other"], now)
    assert set(redis.hashes["unacked"]) == {b"own", b"other"}
    assert given_back == [2 * SILENCE]
    assert {name: json.loads(text)[1] for name, text in redis.hashes[HELD].items()} == {
        b"keeper": ["own"], b"other": ["other"],
    }  # fmt: skip


def test_message_that_was_just_taken_is_left_to_its_worker() -> None:
    """A worker says a moment later that it has it."""
    redis = Redis()
    keeper, other = held_messages(redis, "keeper"), held_messages(redis, "other")
    keeper.step([], 0.0)
    redis.hashes["unacked"][b"new"] = b""
    assert keeper.step([], INTERVAL) == 0
    other.step(["new"], INTERVAL)
    assert [keeper.step([], INTERVAL + SILENCE), keeper.step([], INTERVAL + SILENCE + 1)] == [0, 0]


def test_one_worker_gives_back() -> None:
    redis = Redis()
    first, second = held_messages(redis, "first"), held_messages(redis, "second")
    for now in (0.0, INTERVAL):
        first.step([], now)
        second.step([], now)
        assert redis.keeper == b"first"
    redis.keeper = None
    second.step([], 2 * INTERVAL)
    assert redis.keeper == b"second"


def test_polling_stops_only_with_a_connection_of_the_poller(monkeypatch: pytest.MonkeyPatch) -> None:
    polled, idle, stopped = object(), object(), list[object]()
    client = ModuleType("client")
    client.connection = polled  # type: ignore[attr-defined]
    cycle = SimpleNamespace(_chan_to_sock={("channel", client, "BRPOP"): "socket"})

    class Transport:
        def __init__(self) -> None:
            self.cycle = cycle

        def register_with_event_loop(self, connection: Any, loop: Any) -> None:
            assert (connection, loop) == ("connection", "loop")
            cycle._on_connection_disconnect = stopped.append

    module = ModuleType("redis")
    module.Transport = Transport  # type: ignore[attr-defined]
    for name in ("kombu", "kombu.transport"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "kombu.transport.redis", module)
    celery_broker.keep_polling()
    Transport().register_with_event_loop("connection", "loop")
    cycle._on_connection_disconnect(idle)
    assert stopped == []
    cycle._on_connection_disconnect(polled)
    assert stopped == [polled]
