"""Worker hosts that are only simulated, at a real head: what capacity.py and many_workers.py share."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from mlopsctl.adapters.airflow.programs import NO_SCRIPT_FOLDER
from mlopsctl.adapters.redis.server import RedisServer
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core import settings
from mlopsctl.core.paths import Home
from mlopsctl.core.workers import REPORT_INTERVAL, WORKER_SOURCE, Report
from mlopsctl.operations.workers.registry import Registry
from tests.bench.backfill import BareApi
from tests.bench.measure import CHECKOUT, MLOPSCTL, environment, timed, until
from tests.bench.usage import cpu_seconds

CLIENTS = CHECKOUT / "tests/bench/light_workers.py"
DAGS = CHECKOUT / "tests/bench/dags/many_tasks"
REAL, SIMULATED, QUEUE, POOL = "many_tasks", "simulated_tasks", "simulated", "many_tasks"
SERVICES = ("scheduler", "api-server", "postgres", "redis", "worker", "worker-api")
RUN = 100  # tasks of a run of either DAG
HOST_SLOTS = 16
TIMEOUT = 600  # seconds
LOOK = 1.0  # seconds between two looks at the connections of PostgreSQL
Cpu = dict[str, float]  # seconds, by service
# --listen: with it, the head has the service that gets reports. It answers loopback addresses only.
SETUP = ("--executor", "celery", "--listen", "127.0.0.1", "--worker-slots", "4", "--no-seed", "--dags", DAGS)


@dataclass(frozen=True)
class Simulated:
    """`cpu`: of the services, for all tasks. `counted`: the requests of light workers, by the last word of their path
    and the status of the answer. `delays`: the seconds below which half of the answers come, 99 %, all. `at_once`: the
    most tasks that were held. `connections`: the most that PostgreSQL had."""

    cpu: Cpu
    seconds: float
    counted: dict[str, int]
    delays: list[float]
    at_once: int
    connections: int


@dataclass(frozen=True)
class Head:
    """A running platform with workers, and the DAGs of `many_tasks`."""

    home: Home

    def prepare(self) -> None:
        """A pool without limit: with the 128 slots of Airflow's default pool, no more tasks run at once. Runs that an
        interrupted measurement has left are ended."""
        words = ("airflow", "--", "pools", "set", POOL, "-1", "of tests/bench")
        timed([MLOPSCTL, "--home", self.home.root, *words], environment())
        api = BareApi(self.home)
        for dag in (REAL, SIMULATED):
            until(lambda dag=dag: dag in self._dags(api), dag, pause=1)  # type: ignore[misc]
            api.call("PATCH", f"/api/v2/dags/{dag}", {"is_paused": False})
            for run in api.call("GET", f"/api/v2/dags/{dag}/dagRuns?state=running&state=queued&limit=100")["dag_runs"]:
                api.call("PATCH", f"/api/v2/dags/{dag}/dagRuns/{run['dag_run_id']}", {"state": "failed"})

    def _dags(self, api: BareApi) -> list[str]:
        return [dag["dag_id"] for dag in api.call("GET", "/api/v2/dags?limit=100")["dags"]]

    def cpu(self) -> Cpu:
        return {name: cpu_seconds(self.home, name) for name in SERVICES}

    def trigger(self, dag: str, runs: int) -> list[str]:
        api = BareApi(self.home)
        body: dict[str, Any] = {"logical_date": None, "conf": {}}
        return [api.call("POST", f"/api/v2/dags/{dag}/dagRuns", body)["dag_run_id"] for _ in range(runs)]

    def wait(self, dag: str, runs: list[str]) -> None:
        api = BareApi(self.home)

        def ended() -> bool:
            last = api.call("GET", f"/api/v2/dags/{dag}/dagRuns?limit={len(runs)}&order_by=-run_after")["dag_runs"]
            return {run["state"] for run in last if run["dag_run_id"] in runs} <= {"success", "failed"}

        until(ended, dag, timeout=TIMEOUT, pause=1)

    def simulate(self, tasks: int, hold: float, interval: float) -> Simulated:
        """Run so many tasks of SIMULATED on light workers, which hold all at once; see light_workers.Tasks."""
        own = settings.load(self.home.config)
        redis = RedisServer(self.home, own.redis_port)
        options = {"broker": redis.url, "results": redis.results_url, "port": own.api_port, "queue": QUEUE}
        options |= {"left": tasks, "slots": tasks, "hold": hold, "interval": interval, "version": self._version()}
        before, began, connections = self.cpu(), time.monotonic(), 0
        workers = _start([str(self.home.python), *NO_SCRIPT_FOLDER, str(CLIENTS), "tasks"], options)
        runs = self.trigger(SIMULATED, tasks // RUN)
        while workers.poll() is None:
            connections = max(connections, self._connections())
            time.sleep(LOOK)
        found = result(workers)
        self.wait(SIMULATED, runs)
        seconds = time.monotonic() - began
        cpu = difference(self.cpu(), before)
        return Simulated(cpu, seconds, found["counted"], found["delays"], found["most"], connections)

    def _connections(self) -> int:
        postgres = psutil.Process(Supervisor(self.home).states()["postgres"].pid)
        return sum(_title(process).startswith("postgres: airflow") for process in postgres.children())

    def _version(self) -> str:
        """That of the task SDK's API."""
        [file] = self.home.venv.glob("lib/python3*/site-packages/airflow/sdk/api/datamodels/_generated.py")
        line = next(line for line in file.read_text().splitlines() if line.startswith("API_VERSION"))
        return line.split('"')[1]

    @contextmanager
    def hosts(self, number: int) -> Iterator[list[str]]:
        """Join so many hosts that do not exist, without certificates; yields their tokens."""
        registry, names = Registry(self.home), [f"light-{n:04}" for n in range(number)]
        for name in names:  # an interrupted measurement may have left them
            registry.remove(name)
        try:
            yield [registry.add(name) for name in names]
        finally:
            for name in names:
                registry.remove(name)

    def report(self, tokens: list[str], seconds: float) -> "subprocess.Popen[str]":
        """Start the reports of these hosts; see light_workers.Reports."""
        body = asdict(Report(True, True, HOST_SLOTS, (QUEUE,), "3.3.2", "0" * 12, time.time(), 0.0, time.time() + 1e7))
        options = {"port": settings.load(self.home.config).worker_api_port, "source": WORKER_SOURCE, "hosts": tokens}
        options |= {"body": body, "interval": REPORT_INTERVAL, "seconds": seconds}
        return _start([sys.executable, str(CLIENTS), "reports"], options)


def _start(command: list[str], options: Mapping[str, Any]) -> "subprocess.Popen[str]":
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    assert process.stdin
    process.stdin.write(json.dumps(options))
    process.stdin.close()
    return process


def result(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """What a client prints when it has ended; its failure ends the measurement."""
    assert process.stdout
    text = process.stdout.read()
    if process.wait():
        sys.exit("the light workers failed")
    found: dict[str, Any] = json.loads(text)
    return found


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it has ended
        return ""


def difference(after: Cpu, before: Cpu, idle: Cpu | None = None) -> Cpu:
    """CPU between two moments; less what an idle platform takes in that time."""
    return {name: max(0.0, after[name] - before[name] - (idle or {}).get(name, 0.0)) for name in after}


def write(script: str, text: str, page: Path = CHECKOUT / "docs/scaling.md") -> None:
    """Replace the part of docs/scaling.md that a script makes."""
    begin, end = f"<!-- made by tests/bench/{script} -->", "<!-- end -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        sys.exit(f"{page} has no {begin} … {end}")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
