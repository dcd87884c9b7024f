"""`mlopsctl backfill` of 31 days beside the same runs created through the bare REST API and awaited.

    python -m tests.bench.backfill --home DIR [--dag data_extract_pipeline] [--rounds 2]

On one running platform. Both sides get windows of 31 days that have no run yet; who goes first alternates.
"""

import argparse
import http.client
import json
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from mlopsctl import settings
from mlopsctl.adapters.airflow_http import SERVICE_USER
from mlopsctl.dates import days, logical_date_of
from mlopsctl.paths import Home
from tests.bench.measure import MLOPSCTL, environment, timed, until, verdict

Window = tuple[date, date]
FINAL = {"success", "failed"}


class BareApi:
    """The least that a script needs: one connection, one token, no retries."""

    def __init__(self, home: Home) -> None:
        address = urlsplit(settings.load(home.config).api_url)
        self.connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        self.headers = {"Content-Type": "application/json"}
        password = home.secret("service-password").read_text(encoding="utf-8").strip()
        token = self.call("POST", "/auth/token", {"username": SERVICE_USER, "password": password})["access_token"]
        self.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        self.connection.request(method, path, json.dumps(body) if body else None, self.headers)
        answer = self.connection.getresponse()
        said = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {path}: {answer.status} {said.decode()}")
        return json.loads(said)

    def runs(self, dag: str, window: Window, timezone: str) -> list[dict[str, Any]]:
        first, last = (logical_date_of(day, timezone).isoformat() for day in window)
        query = urlencode({"logical_date_gte": first, "logical_date_lte": last, "limit": 100})
        found: list[dict[str, Any]] = self.call("GET", f"/api/v2/dags/{dag}/dagRuns?{query}")["dag_runs"]
        return found


def bare(api: BareApi, dag: str, window: Window, timezone: str) -> float:
    """Create a run per day and wait until all have ended."""
    began = time.perf_counter()
    wanted = list(days(*window))
    for day in wanted:
        body = {"logical_date": logical_date_of(day, timezone).isoformat(), "conf": {}}
        api.call("POST", f"/api/v2/dags/{dag}/dagRuns", body)

    def ended() -> bool:
        return sum(run["state"] in FINAL for run in api.runs(dag, window, timezone)) == len(wanted)

    until(ended, "the bare runs", timeout=600, pause=0.25)
    return time.perf_counter() - began


def ours(home: Path, dag: str, window: Window) -> float:
    first, last = (day.isoformat() for day in window)
    command = [MLOPSCTL, "--home", home, "backfill", dag, "--from", first, "--to", last, "--yes", "--json"]
    return timed(command, environment())


def free_windows(api: BareApi, dag: str, timezone: str, given: argparse.Namespace) -> Iterator[Window]:
    """Windows of 31 days, latest first, that hold no run."""
    last = given.last
    while last > given.first + timedelta(days=31):
        window = (last - timedelta(days=30), last)
        if not api.runs(dag, window, timezone):
            yield window
        last -= timedelta(days=31)
    sys.exit("there are not enough days without runs: seed more, or use another home")


def all_green(api: BareApi, dag: str, window: Window, timezone: str) -> None:
    states = [run["state"] for run in api.runs(dag, window, timezone)]
    if states != ["success"] * 31:
        sys.exit(f"{window[0]} … {window[1]} is not green, so nothing was measured: {states}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--dag", default="data_extract_pipeline")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--first", type=date.fromisoformat, default=date(2024, 1, 1))
    parser.add_argument("--last", type=date.fromisoformat, default=date(2025, 12, 31))
    given = parser.parse_args()
    api = BareApi(Home(given.home))
    timezone = api.call("GET", f"/api/v2/dags/{given.dag}/details")["timezone"]
    api.call("PATCH", f"/api/v2/dags/{given.dag}", {"is_paused": False})
    windows = free_windows(api, given.dag, timezone, given)
    start, _ = next(windows)
    warm_up = (start, start + timedelta(days=2))
    bare(api, given.dag, warm_up, timezone)  # not counted: a platform's first runs are slower
    times: dict[str, list[float]] = {"ours": [], "bare": []}
    for n in range(given.rounds):
        for side in ("ours", "bare") if n % 2 == 0 else ("bare", "ours"):
            window = next(windows)
            seconds = ours(given.home, given.dag, window) if side == "ours" else bare(api, given.dag, window, timezone)
            all_green(api, given.dag, window, timezone)
            times[side].append(seconds)
            print(f"round {n + 1}, {side:<4} {window[0]} … {window[1]}: {seconds:.2f} s", flush=True)
    mine, theirs = (sum(times[side]) / given.rounds for side in ("ours", "bare"))
    return 0 if verdict("backfill of 31 days", mine, theirs, 1.05, "the bare REST API") else 1


if __name__ == "__main__":
    sys.exit(main())
