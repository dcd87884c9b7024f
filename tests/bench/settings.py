"""Measure the effect of Airflow's options on this machine: each one on its own, and those that `setup` sets.

    python -m tests.bench.settings [NAME…] [--rounds 5] [--parts one,days,idle] [--folder DIR | --home DIR]

Stock is the same airflow.cfg without the options in CHOSEN. Each round measures every side, including stock; the table
shows the medians, and the medians of the ratios to stock in the same round. `one`: a run of data_extract_pipeline, by
the times that the server recorded. `days`: 31 runs at once, seconds and CPU time of all services. `idle`: CPU usage of
all services in percent of a core, and the difference to stock. The home is created for the measurement and removed
afterwards; with --home an existing one is used: its runs of the DAG are deleted, its airflow.cfg and its services are
restored.
"""

import argparse
import signal
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from configparser import RawConfigParser
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.paths import Home
from tests.bench.backfill import FINAL, BareApi, bare
from tests.bench.measure import CHECKOUT, environment, timed, until
from tests.bench.setup import scratch

DAG, ZONE, LAST = "data_extract_pipeline", "Asia/Seoul", date(2025, 12, 31)
CHOSEN = ("scheduler.scheduler_idle_sleep_time",)
PRELOADED = (
    "airflow.sdk.execution_time.task_runner,airflow.dag_processing.dagbag,airflow.providers.common.sql.operators.sql"
)
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "sleep-0.2": {"scheduler.scheduler_idle_sleep_time": "0.2"},
    "sleep-0.25": {"scheduler.scheduler_idle_sleep_time": "0.25"},
    "sleep-0.3": {"scheduler.scheduler_idle_sleep_time": "0.3"},
    "parallelism-8": {"core.parallelism": "8"},
    "parallelism-16": {"core.parallelism": "16"},
    "active-runs-8": {"core.max_active_runs_per_dag": "8"},
    "active-runs-32": {"core.max_active_runs_per_dag": "32", "core.max_active_tasks_per_dag": "32"},
    "tis-per-query-64": {"scheduler.max_tis_per_query": "64"},
    "runs-per-loop-64": {"scheduler.max_dagruns_per_loop_to_schedule": "64"},
    "forkserver": {"scheduler.mp_start_method": "forkserver", "scheduler.mp_forkserver_preload": PRELOADED},
    "no-public-certs": {"api.client_use_public_certs": "False"},
    "base-xcom": {"core.xcom_backend": "airflow.sdk.execution_time.xcom.BaseXCom"},
    "no-callsite": {"logging.callsite_parameters": ""},
    "quiet-logs": {"logging.logging_level": "WARNING", "logging.uvicorn_logging_level": "WARNING"},
    "no-pre-ping": {"database.sql_alchemy_pool_pre_ping": "False"},
    "no-rendered-fields": {"core.num_dag_runs_to_retain_rendered_fields": "0"},
    "api-workers-2": {"api.workers": "2"},
    "parse-every-60": {"dag_processor.min_file_process_interval": "60"},
}
SERVICES = ("api-server", "scheduler", "dag-processor", "triggerer")
Figures = dict[str, float]


class Bench:
    """A platform whose airflow.cfg is changed for each side."""

    def __init__(self, home: Home, given: argparse.Namespace) -> None:
        self.home, self.given = home, given
        self.written = home.airflow_cfg.read_text(encoding="utf-8")
        self.window = (LAST - timedelta(days=given.days - 1), LAST)
        self.differs: set[str] = set(CHOSEN)  # the options in the current file that differ from stock
        self.api = BareApi(home)
        self.forget()

    def configure(self, side: str) -> None:
        """Write airflow.cfg for a side and restart the services. The first runs afterwards are slower and not
        counted."""
        config = RawConfigParser()
        config.read_string(self.written)
        for name in CHOSEN:
            if side == "chosen" and not config.has_option(*name.split(".")):
                sys.exit(f"{self.home.airflow_cfg} has no {name}: it was written by another version of mlopsctl")
            if side != "chosen":
                config.remove_option(*name.split("."))
        values = SETTINGS.get(side, {})
        for name, value in values.items():
            section, key = name.split(".")
            config.read_dict({section: {key: value}})
        with self.home.airflow_cfg.open("w", encoding="utf-8") as file:
            config.write(file)
        differs = set(values) | set(CHOSEN if side == "chosen" else ())
        self.restart(self.differs | differs)
        self.differs = differs
        for _ in range(4):
            self.one()

    def restart(self, names: set[str]) -> None:
        """Always restart the scheduler, so that all sides start alike; all services if options of others changed."""
        all_but = {name for name in names if not name.startswith("scheduler.")}
        words = ["restart", *(SERVICES if all_but else ("scheduler",))]
        timed([sys.executable, "-m", "mlopsctl", "--home", self.home.root, *words], environment())
        self.api = BareApi(self.home)
        self.api.call("PATCH", f"/api/v2/dags/{DAG}", {"is_paused": False})

    def one(self) -> float:
        """Seconds of one run from its creation to its end, as recorded by the server."""
        run = self.api.call("POST", f"/api/v2/dags/{DAG}/dagRuns", {"logical_date": None, "conf": {}})
        path = f"/api/v2/dags/{DAG}/dagRuns/{quote(run['dag_run_id'])}"
        until(lambda: self.api.call("GET", path)["state"] in FINAL, "the run", pause=0.2)
        run = self.api.call("GET", path)
        if run["state"] != "success":
            sys.exit(f"{run['dag_run_id']} is {run['state']}, so the measurement is invalid")
        began, ended = (datetime.fromisoformat(run[key]) for key in ("queued_at", "end_date"))
        return (ended - began).total_seconds()

    def many(self) -> float:
        seconds = bare(self.api, DAG, self.window, ZONE)
        if {run["state"] for run in self.api.runs(DAG, self.window, ZONE)} != {"success"}:
            sys.exit(f"{self.window[0]} … {self.window[1]} did not succeed, so the measurement is invalid")
        self.forget()
        return seconds

    def forget(self) -> None:
        """Delete all runs, so that the sides start alike."""
        while runs := self.api.call("GET", f"/api/v2/dags/{DAG}/dagRuns?limit=100")["dag_runs"]:
            for run in runs:
                path = f"/api/v2/dags/{DAG}/dagRuns/{quote(run['dag_run_id'])}"
                self.api.connection.request("DELETE", path, headers=self.api.headers)
                self.api.connection.getresponse().read()

    def cpu(self) -> dict[int, float]:
        """CPU seconds of each process of the services, including its ended child processes."""
        times = {p.pid: p.cpu_times() for p in Supervisor(self.home).processes()}
        return {pid: t.user + t.system + t.children_user + t.children_system for pid, t in times.items()}

    def spent(self, before: Mapping[int, float]) -> float:
        return sum(seconds - before.get(pid, 0.0) for pid, seconds in self.cpu().items())

    def figures(self, side: str) -> Figures:
        self.configure(side)
        found: Figures = {}
        if "days" in self.given.parts:
            before = self.cpu()
            found["days"] = self.many()
            found["days' CPU"] = self.spent(before)
        if "one" in self.given.parts:
            found["one run"] = statistics.median(self.one() for _ in range(5))
        if "idle" in self.given.parts:
            before = self.cpu()
            time.sleep(self.given.idle)
            found["idle CPU"] = self.spent(before) / self.given.idle * 100
        return found


def cell(side: str, column: str, rounds: Sequence[Mapping[str, Figures]]) -> str:
    pairs = [(r[side][column], r["stock"][column]) for r in rounds]
    median = statistics.median(figure for figure, _ in pairs)
    if column == "idle CPU":
        return f"{median:.1f} % {statistics.median(a - b for a, b in pairs):+.1f}"
    return f"{median:.2f} s × {statistics.median(a / b for a, b in pairs):.2f}"


def table(sides: Sequence[str], rounds: Sequence[Mapping[str, Figures]]) -> None:
    columns = list(rounds[0]["stock"])
    print(f"\n{'setting':<20}" + "".join(f"{column:>18}" for column in columns))
    for side in sides:
        print(f"{side:<20}" + "".join(f"{cell(side, column, rounds):>18}" for column in columns))


def measure(bench: Bench, sides: Sequence[str], rounds: int) -> None:
    done: list[dict[str, Figures]] = []
    try:
        for n in range(rounds):
            done.append({})
            for side in [*sides[n % len(sides) :], *sides[: n % len(sides)]]:
                done[-1][side] = bench.figures(side)
                figures = ", ".join(f"{column} {figure:.2f}" for column, figure in done[-1][side].items())
                print(f"round {n + 1}, {side}: {figures}", flush=True)
    finally:
        bench.home.airflow_cfg.write_text(bench.written, encoding="utf-8")
        bench.restart(bench.differs | set(CHOSEN))
    table(sides, done)


@contextmanager
def platform(given: argparse.Namespace) -> Iterator[Home]:
    if given.home:
        yield Home(given.home)
        return
    with scratch(given.folder) as inside:
        mlopsctl = [sys.executable, "-m", "mlopsctl", "--home", inside("home")]
        try:
            timed([*mlopsctl, "setup", "--dags", CHECKOUT / "dags", "--yes"], environment())
            yield Home(inside("home"))
        finally:
            timed([*mlopsctl, "uninstall", "--purge", "--yes"], environment())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"chosen, {', '.join(SETTINGS)}; default: all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parts", type=lambda text: text.split(","), default=["one", "days", "idle"])
    parser.add_argument("--days", type=int, default=31, help="how many runs at once")
    parser.add_argument("--idle", type=float, default=60, help="seconds to measure the idle platform")
    location = parser.add_mutually_exclusive_group()
    location.add_argument("--folder", type=Path, help="where to create the home")
    location.add_argument("--home", type=Path, help="a running home whose runs of the DAG may be deleted")
    given = parser.parse_args()
    given.names = given.names or ["chosen", *SETTINGS]
    if unknown := set(given.names) - {"chosen", *SETTINGS}:
        parser.error(f"there is no setting {', '.join(sorted(unknown))}")
    return given


def main() -> int:
    given = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # runs the cleanup, like Ctrl-C
    with platform(given) as home:
        measure(Bench(home, given), ["stock", *given.names], given.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
