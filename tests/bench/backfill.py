"""`mlopsctl backfill` compared with the same runs through the bare REST API, and with a shell loop.

    python -m tests.bench.backfill [PART…] [--rounds 3] [--folder DIR | --home DIR]

`one-task`: 90 days of a one-task DAG, the rival posts a backfill. `extract`: 31 days of data_extract_pipeline, which
has no schedule, the rival posts a run per day. `loop`: 5 days by `airflow dags trigger` in a loop, as people write it.
`memory`: 3,650 runs of the one-task DAG, about ten minutes; only if it is named. The two alternate in going first. A
home is created and removed afterwards; --home uses a running one, whose runs of the two DAGs are deleted.

Run it from an environment without the development tools: with selenium comes trio, which httpx then imports, for 0.04 s
of CPU in each call of mlopsctl.
"""

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import time
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from mlopsctl.adapters.airflow.accounts import SERVICE_USER
from mlopsctl.core import settings
from mlopsctl.core.dates import days, logical_date_of
from mlopsctl.core.paths import Home
from tests.bench.measure import CHECKOUT, MLOPSCTL, Run, environment, measured, timed, until, verdict
from tests.bench.platform import add_options, platform

Window = tuple[date, date]
FINAL = {"success", "failed"}
EXTRACT, ONE_TASK = "data_extract_pipeline", "one_task"
LAST = date(2025, 12, 31)
SETUP = [
    word for folder in (f"dags/{EXTRACT}", "dags/support", "tests/bench/dags") for word in ("--dags", CHECKOUT / folder)
]
PARTS = ("one-task", "extract", "loop", "memory")


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
        content = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content or b"null")

    def runs(self, dag: str, window: Window, timezone: str) -> list[dict[str, Any]]:
        first, last = (logical_date_of(day, timezone).isoformat() for day in window)
        query = urlencode({"logical_date_gte": first, "logical_date_lte": last, "limit": 100})
        found: list[dict[str, Any]] = self.call("GET", f"/api/v2/dags/{dag}/dagRuns?{query}")["dag_runs"]
        return found

    def forget(self, dag: str) -> None:
        """Delete all runs, so that every side finds the same. A backfill ends a little later than its last run; and
        the schedule of an unpaused DAG creates a run."""
        until(lambda: all(b["completed_at"] for b in self._backfills(dag)), "the end of the backfill", pause=0.5)
        active = f"/api/v2/dags/{dag}/dagRuns?limit=1&state=queued&state=running"
        until(lambda: not self.call("GET", active)["dag_runs"], "the end of all runs", pause=0.5)
        while runs := self.call("GET", f"/api/v2/dags/{dag}/dagRuns?limit=100")["dag_runs"]:
            for run in runs:
                self.call("DELETE", f"/api/v2/dags/{dag}/dagRuns/{quote(run['dag_run_id'])}")

    def _backfills(self, dag: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", f"/api/v2/backfills?dag_id={dag}&limit=100")["backfills"]
        return found


def wait(api: BareApi, dag: str, window: Window, timezone: str) -> None:
    number = (window[1] - window[0]).days + 1

    def ended() -> bool:
        return sum(run["state"] in FINAL for run in api.runs(dag, window, timezone)) == number

    until(ended, "the bare runs", timeout=600, pause=0.25)


def bare(api: BareApi, dag: str, window: Window, timezone: str) -> float:
    """Create a run per day and wait until all have ended."""
    began = time.perf_counter()
    for day in days(*window):
        body = {"logical_date": logical_date_of(day, timezone).isoformat(), "conf": {}}
        api.call("POST", f"/api/v2/dags/{dag}/dagRuns", body)
    wait(api, dag, window, timezone)
    return time.perf_counter() - began


def bare_backfill(api: BareApi, dag: str, window: Window, timezone: str) -> float:
    """Create a backfill and wait until all its runs have ended."""
    began = time.perf_counter()
    first, last = (logical_date_of(day, timezone).isoformat() for day in window)
    api.call("POST", "/api/v2/backfills", {"dag_id": dag, "from_date": first, "to_date": last})
    wait(api, dag, window, timezone)
    return time.perf_counter() - began


def loop(api: BareApi, home: Home, window: Window) -> float:
    """A usual script: a command per day, then polling until all runs have ended."""
    began = time.perf_counter()
    program = [MLOPSCTL, "--home", home.root, "env"]
    printed = subprocess.run([str(w) for w in program], env=environment(), capture_output=True, text=True, check=True)
    lines = [f"airflow dags trigger {ONE_TASK} --logical-date {day}T00:00:00+00:00" for day in days(*window)]
    timed(["bash", "-ec", printed.stdout + f"\nPATH={home.venv}/bin:$PATH\n" + "\n".join(lines)], environment())
    wait(api, ONE_TASK, window, "UTC")
    return time.perf_counter() - began


class Bench:
    """One platform, two DAGs."""

    def __init__(self, home: Home, rounds: int) -> None:
        self.home, self.rounds, self.api = home, rounds, BareApi(home)
        for dag in (EXTRACT, ONE_TASK):
            until(lambda d=dag: self._known(d), dag, pause=1)  # type: ignore[misc]
            self.api.call("PATCH", f"/api/v2/dags/{dag}", {"is_paused": False})
            self.api.forget(dag)
        bare(self.api, EXTRACT, _window(3), "Asia/Seoul")  # not counted: the first runs of a platform are slower
        self.api.forget(EXTRACT)

    def _known(self, dag: str) -> bool:
        return any(d["dag_id"] == dag for d in self.api.call("GET", "/api/v2/dags?limit=100")["dags"])

    def ours(self, dag: str, window: Window) -> Run:
        first, last = window
        words = ["backfill", dag, "--from", first, "--to", last, "--yes", "--json"]
        return measured([MLOPSCTL, "--home", self.home.root, *words], environment())

    def green(self, dag: str, window: Window, timezone: str) -> None:
        states = {run["state"] for run in self.api.runs(dag, window, timezone)}
        if states != {"success"}:
            sys.exit(f"{window[0]} … {window[1]} did not succeed, so nothing was measured: {states}")

    def beside_the_api(self, dag: str, number: int, timezone: str) -> bool:
        window, rival = _window(number), bare_backfill if dag == ONE_TASK else bare
        pairs: list[tuple[Run, float]] = []
        for n in range(self.rounds):
            ours, theirs = None, 0.0
            for side in ("ours", "bare") if n % 2 == 0 else ("bare", "ours"):
                if side == "ours":
                    ours = self.ours(dag, window)
                else:
                    theirs = rival(self.api, dag, window, timezone)
                self.green(dag, window, timezone)
                self.api.forget(dag)
            assert ours
            pairs.append((ours, theirs))
            print(f"round {n + 1}: {ours.seconds:.2f} s, bare {theirs:.2f} s, {ours.cpu:.2f} s of CPU", flush=True)
        mine, bare_ = (statistics.median(p) for p in zip(*((o.seconds, t) for o, t in pairs), strict=True))
        cpu = statistics.median(ours.cpu for ours, _ in pairs)
        name = f"{number} days of {dag}"
        good = verdict(name, mine, bare_, 1.03, "the bare REST API")
        return verdict(f"{name}: its own CPU", cpu, mine, 0.03, "the wall time") and good

    def beside_a_loop(self) -> bool:
        """A factor, and no limit."""
        window = _window(5)
        theirs = loop(self.api, self.home, window)
        self.green(ONE_TASK, window, "UTC")
        self.api.forget(ONE_TASK)
        mine = self.ours(ONE_TASK, window).seconds
        self.api.forget(ONE_TASK)
        print(f"5 days: a loop of `airflow dags trigger` {theirs:.1f} s, ours {mine:.1f} s: factor {theirs / mine:.1f}")
        return True

    def memory(self) -> bool:
        """Of mlopsctl itself; Airflow's timetable runs for a second in another process."""
        first, last = _window(3650)
        words = ["--home", self.home.root, "backfill", ONE_TASK, "--from", first, "--to", last, "--yes", "--json"]
        command = [str(w) for w in (sys.executable, "-m", "tests.bench.own_peak", *words)]
        done = subprocess.run(command, env=environment(), cwd=CHECKOUT, capture_output=True, text=True, check=True)
        own, other = map(int, done.stderr.splitlines()[-1].split())
        seconds = json.loads(done.stdout)["data"]["seconds"]
        print(
            f"3,650 runs: {seconds:.0f} s, {own} MB, at most 80; for a second in another process {other} MB", flush=True
        )
        return own <= 80

    def part(self, name: str) -> bool:
        if name == "one-task":
            return self.beside_the_api(ONE_TASK, 90, "UTC")
        if name == "extract":
            return self.beside_the_api(EXTRACT, 31, "Asia/Seoul")
        return self.beside_a_loop() if name == "loop" else self.memory()


def _window(number: int) -> Window:
    return LAST - timedelta(days=number - 1), LAST


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; default: all but memory")
    parser.add_argument("--rounds", type=int, default=3)
    add_options(parser, "a running home; its runs of the two DAGs are deleted")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    with platform(given, SETUP) as home:
        bench = Bench(home, given.rounds)
        good = [bench.part(name) for name in given.parts or PARTS[:-1]]  # each, whether or not those before succeeded
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
