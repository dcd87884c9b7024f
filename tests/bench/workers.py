"""Tasks on Celery workers compared with tasks in the scheduler (LocalExecutor): the same build, on this machine.

    python -m tests.bench.workers [--rounds 2] [--slots 16] [--homes DIR] [--write]

Each executor has a home of its own, starts it, does the parts and stops it; then the other one. They alternate in going
first. `start`: from stopped to ready, the worker included. `trigger`: a run of data_extract_pipeline, seven tasks.
`extract`: 31 days of it; CPU is that of all services: with workers, also of the worker, Redis, the tunnel and the API
for other hosts. Then, once: the worker alone, with 4 slots, from `start worker` until it takes tasks, and its memory;
with the modules that the pipelines of this project import, and with Airflow's own only.

--slots: of the worker; the scheduler runs up to 32 tasks at once. --homes: where to keep the homes for the next time.
--write: put the table into docs/scaling.md. Ports: those of a default setup; nothing else may listen there.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.paths import WORKER, Home
from tests.bench import results, simulation
from tests.bench.builds import SETTLE
from tests.bench.measure import CHECKOUT, MLOPSCTL, environment, timed
from tests.bench.setup import scratch
from tests.bench.usage import cpu_seconds, memory, pss

DAG = "data_extract_pipeline"
DAYS = ("--from", "2023-12-01", "--to", "2023-12-31")
SETUP = ("--dags", CHECKOUT / "dags", "--seed-from", "2023-11-01", "--seed-to", "2023-12-31")
ROWS = {  # the unit of each figure, and the ratio to LocalExecutor that is the goal
    "`start` of a stopped platform": ("s", None),
    "a triggered run of seven tasks": ("s", None),
    f"31 days of `{DAG}`, time": ("s", None),
    f"31 days of `{DAG}`, CPU of all services": ("s", 1.10),
    "idle afterwards, memory (PSS) of all services": ("MiB", None),
}
START, TRIGGER, EXTRACT, CPU, MEMORY = ROWS
FEW_SLOTS = 4


@dataclass
class Side:
    """`rounds`: the figures of each, by row."""

    name: str
    root: Path
    options: tuple[object, ...]
    rounds: list[dict[str, float]] = field(default_factory=list)

    def command(self, *words: object) -> float:
        return timed([MLOPSCTL, "--home", self.root, *words], environment())

    def set_up(self) -> None:
        """With all runs once: neither side pays for creating them."""
        print(f"{self.name}: setup in {self.root}", flush=True)
        self.command("setup", *SETUP, *self.options, "--yes")
        self.command("backfill", DAG, *DAYS, "--unpause", "--yes")
        self.command("stop")

    def round(self) -> None:
        found = {START: self.command("start")}
        time.sleep(SETTLE)
        home, conf = Home(self.root), json.dumps({"base_dt": "20231201"})
        trigger = ("trigger", DAG, "--conf", conf, "--wait")
        self.command(*trigger)  # the first answers of an API server take longer
        found[TRIGGER] = self.command(*trigger)
        before = cpu_seconds(home)
        found[EXTRACT] = self.command("backfill", DAG, *DAYS, "--all", "--yes")
        found[CPU] = cpu_seconds(home) - before
        time.sleep(SETTLE)
        found[MEMORY] = pss(home)
        self.command("stop")
        self.rounds.append(found)
        shown = ", ".join(f"{value:.1f}" for value in found.values())
        print(f"{self.name:6}: {shown}; load {results.load():.1f}", flush=True)

    def worker(self, modules: str) -> tuple[float, float]:
        """Seconds until a worker of FEW_SLOTS slots is ready, and its memory in MiB, with the setting `preload`."""
        self.command("setup", "--worker-slots", FEW_SLOTS, "--preload", modules, "--yes")
        self.command("stop", WORKER)
        seconds = self.command("start", WORKER)
        time.sleep(SETTLE)
        process = psutil.Process(Supervisor(Home(self.root)).states()[WORKER].pid)
        return seconds, memory([process, *process.children(recursive=True)])


def table(local: Side, celery: Side, workers: dict[str, tuple[float, float]], load: float) -> str:
    lines = ["| measured | LocalExecutor | Celery | ratio | goal |", "|---|--:|--:|--:|--:|"]
    for row, (unit, goal) in ROWS.items():
        ours, theirs = ([found[row] for found in side.rounds] for side in (celery, local))
        ratio = statistics.median(our / their for our, their in zip(ours, theirs, strict=True))
        figures = (statistics.median(theirs), statistics.median(ours))
        shown = " | ".join(f"{figure:,.1f} {unit}" if figure < 100 else f"{figure:,.0f} {unit}" for figure in figures)
        lines.append(f"| {row} | {shown} | {ratio:.2f} | {goal or ''} |")
    lines += ["", f"| a worker of {FEW_SLOTS} slots | ready after `start worker` | memory (PSS) |", "|---|--:|--:|"]
    lines += [f"| {name} | {seconds:.1f} s | {mib:.0f} MiB |" for name, (seconds, mib) in workers.items()]
    measured = f"Measured in {len(local.rounds)} pairs, with a load of {load:.1f} before; mlopsctl"
    return "\n".join([*lines, "", f"{measured} {results.commit(CHECKOUT)}."])


@contextmanager
def homes(given: argparse.Namespace) -> Iterator[tuple[Side, Side]]:
    celery = ("--executor", "celery", "--listen", "127.0.0.1", "--worker-slots", given.slots)

    def sides(folder: Path) -> tuple[Side, Side]:
        return Side("local", folder / "local", ()), Side("celery", folder / "celery", celery)

    if given.homes:
        yield sides(given.homes.resolve())
        return
    with scratch(None) as inside:
        pair = sides(inside("homes"))
        try:
            yield pair
        finally:
            for side in pair:
                side.command("uninstall", "--purge", "--yes")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--slots", type=int, default=16)
    parser.add_argument("--homes", type=Path, metavar="DIR", help="where to keep the homes")
    parser.add_argument("--write", action="store_true", help="write the table into docs/scaling.md")
    given = parser.parse_args()
    with homes(given) as (local, celery):
        for side in (local, celery):
            if not (side.root / "config.toml").exists():
                side.set_up()
        load = results.load()
        for number in range(given.rounds):
            for side in (local, celery) if number % 2 == 0 else (celery, local):
                side.round()
        celery.command("start")
        workers = {
            "with Airflow's own modules": celery.worker("airflow"),
            "with those of this project": celery.worker("auto"),
        }
        celery.command("stop")
    text = table(local, celery, workers, load)
    print(text)
    if given.write:
        simulation.write("workers.py", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
