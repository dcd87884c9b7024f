"""Clients that stand for many worker hosts, as light as they can be: no processes, and tasks that do nothing.

    python light_workers.py tasks|reports < OPTIONS

OPTIONS is JSON; see the two classes. Prints what was done as one JSON object. `tasks` is run by the managed Airflow's
Python, which has a client of Redis. For tests/bench/capacity.py and many_workers.py.
"""

import asyncio
import base64
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

OK = 200
LOOK = 0.1  # seconds between two looks whether all tasks have ended


@dataclass
class Connection:
    """HTTP/1.1 on one connection, which stays open between requests."""

    port: int
    source: str = "127.0.0.1"
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def send(self, method: str, path: str, headers: dict[str, str], body: dict[str, Any]) -> tuple[int, Any, str]:
        """The status, the headers in lower case, and the content."""
        if not self._writer or not self._reader:
            address = (self.source, 0)
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=address)
        content = json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in (headers | {"Content-Length": str(len(content))}).items()]
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        answered = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        original = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
        text = (await self._reader.readexactly(int(answered.get("content-length", 0)))).decode()
        return int(head[0].split(" ")[1]), {name.lower(): value for name, value in original.items()}, text

    def close(self) -> None:
        if self._writer:
            self._writer.close()


@dataclass
class Tasks:
    """Takes `left` tasks from `queue`, at most `slots` at once, holds each for `hold` seconds with a heartbeat every
    `interval` seconds, and reports that it succeeded: to the API server as its supervisor does, to Celery's results as
    a worker does."""

    broker: str
    results: str
    port: int
    version: str
    queue: str
    left: int
    slots: int
    hold: float
    interval: float
    counted: Counter[str] = field(default_factory=Counter)
    running: int = 0
    most: int = 0
    delays: list[float] = field(default_factory=list)

    async def run(self) -> dict[str, Any]:
        from redis.asyncio import Redis

        broker, results = Redis.from_url(self.broker), Redis.from_url(self.results)
        free, began = asyncio.Semaphore(self.slots), time.monotonic()
        tasks: set[asyncio.Task[None]] = set()
        while self.left or tasks:
            for task in [task for task in tasks if task.done()]:
                tasks.remove(task)
                await task  # raises what it raised
            if not self.left:
                await asyncio.sleep(LOOK)
                continue
            await free.acquire()
            message = await broker.brpop(self.queue, timeout=1)
            if message:
                self.left -= 1
                tasks.add(asyncio.create_task(self._task(json.loads(message[1]), results, free)))
            else:
                free.release()
        await asyncio.gather(broker.aclose(), results.aclose())
        seconds = time.monotonic() - began
        return {"seconds": seconds, "counted": self.counted, "most": self.most, "delays": _shares(self.delays)}

    async def _task(self, message: dict[str, Any], results: Any, free: asyncio.Semaphore) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        connection = Connection(self.port)
        try:
            if not await self._hold(message, connection):
                self.left += 1  # it was cancelled before, by the end of another measurement
        finally:
            connection.close()
            await _publish(results, message["headers"]["id"])
            self.running -= 1
            free.release()

    async def _hold(self, message: dict[str, Any], connection: Connection) -> bool:
        """Whether the task was to run."""
        [work], *_ = json.loads(base64.b64decode(message["body"]))
        workload = json.loads(work)
        token = {"Authorization": f"Bearer {workload['token']}", "airflow-api-version": self.version}
        path, own = f"/execution/task-instances/{workload['ti']['id']}", {"hostname": self.queue, "pid": 1}
        started = {"state": "running", "unixname": "light", "start_date": _now()} | own
        if await self._ask(connection, token, "PATCH", f"{path}/run", started) != OK:
            return False
        left = self.hold
        while left > 0:
            await asyncio.sleep(min(left, self.interval))
            left -= self.interval
            if left > 0:
                await self._ask(connection, token, "PUT", f"{path}/heartbeat", own)
        await self._ask(connection, token, "PATCH", f"{path}/state", {"state": "success", "end_date": _now()})
        return True

    async def _ask(
        self, connection: Connection, token: dict[str, str], method: str, path: str, body: dict[str, Any]
    ) -> int:
        began = time.monotonic()
        status, headers, _ = await connection.send(method, path, token, body)
        self.delays.append(time.monotonic() - began)
        self.counted[f"{path.rpartition('/')[2]} {status}"] += 1
        if new := headers.get("refreshed-api-token"):
            token["Authorization"] = f"Bearer {new}"
        return status


async def _publish(results: Any, task: str) -> None:
    """As Celery's backend for Redis does it."""
    key = f"celery-task-meta-{task}"
    content: dict[str, Any] = {
        "status": "SUCCESS",
        "result": None,
        "traceback": None,
        "children": [],
        "date_done": _now(),
    }
    text = json.dumps(content | {"task_id": task})
    await results.setex(key, 3600, text)
    await results.publish(key, text)


def _shares(delays: list[float]) -> list[float]:
    """The delay below which half of them are, 99 %, and the longest."""
    ordered = sorted(delays) or [0.0]
    return [ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99, 1.0)]


def _now() -> str:
    return datetime.now(UTC).isoformat()


@dataclass
class Reports:
    """Hosts that report every `interval` seconds, for `seconds`, each on its own connection. `hosts`: their tokens.
    `body`: what all of them report."""

    port: int
    source: str
    hosts: list[str]
    body: dict[str, Any]
    interval: float
    seconds: float
    counted: Counter[int] = field(default_factory=Counter)
    delays: list[float] = field(default_factory=list)

    async def run(self) -> dict[str, Any]:
        end = time.monotonic() + self.seconds
        steps = self.interval / len(self.hosts)
        await asyncio.gather(*(self._host(token, n * steps, end) for n, token in enumerate(self.hosts)))
        return {"counted": self.counted, "delays": _shares(self.delays)}

    async def _host(self, token: str, after: float, end: float) -> None:
        connection, headers = Connection(self.port, self.source), {"Authorization": f"Bearer {token}"}
        await asyncio.sleep(after)
        while (began := time.monotonic()) < end:
            status, _, _ = await connection.send("POST", "/report", headers, self.body | {"clock": time.time()})
            self.counted[status] += 1
            self.delays.append(time.monotonic() - began)
            await asyncio.sleep(max(0.0, self.interval - self.delays[-1]))
        connection.close()


def main() -> None:
    options = json.load(sys.stdin)
    client: Tasks | Reports = Tasks(**options) if sys.argv[1] == "tasks" else Reports(**options)
    print(json.dumps(asyncio.run(client.run())))


if __name__ == "__main__":
    main()
