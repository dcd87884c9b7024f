"""What preloading modules saves: the same work with `preload = off`, which is Airflow as it comes, and with `auto`.

    python -m tests.bench.preload [PART…] [--rounds 5] [--folder DIR | --home DIR]

`loan`: 31 days of ineligible_loan_model. `train`: one run of ineligible_loan_model_ct, until it has succeeded.
`extract`: 31 days of data_extract_pipeline. `parse`: all DAG files once, by the dag-processor. The two alternate in
going first, on one platform. Wall time is that of the command; CPU is that of all services, with the processes that
they started. A home is created and removed afterwards; --home uses a running one, in which all these runs are repeated.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import psutil

from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.paths import Home
from tests.bench.measure import CHECKOUT, MLOPSCTL, environment, timed
from tests.bench.platform import add_options, platform

SIDES = ("off", "auto")
WORK = {  # as shell/onboard.sh does it
    "extract": ("data_extract_pipeline", "--from", "2023-12-01", "--to", "2023-12-31"),
    "train": ("ineligible_loan_model_ct", "--dates", "2024-02-01"),
    "loan": ("ineligible_loan_model", "--from", "2024-03-01", "--to", "2024-03-31"),
}
SETUP = ("--dags", CHECKOUT / "dags", "--seed-from", "2023-06-01", "--seed-to", "2024-03-31")
LIMITS = {"loan": (0.42, 0.40), "train": (0.6, 0.6), "extract": (0.9, 0.85), "parse": (1.0, 0.5)}


@dataclass(frozen=True)
class Cost:
    """Seconds of the command; seconds of CPU of all services."""

    wall: float
    cpu: float


class Bench:
    def __init__(self, home: Home, rounds: int) -> None:
        self.home, self.rounds = home, rounds
        self.work: dict[str, Callable[[], float]] = {
            "parse": lambda: self.command("dags", "clean"),
            **{name: partial(self.command, "backfill", *words, "--all", "--yes") for name, words in WORK.items()},
        }

    def command(self, *words: str) -> float:
        return timed([MLOPSCTL, "--home", self.home.root, *words], environment())

    def prepare(self) -> None:
        """Neither side pays for the first model, and for runs that are made instead of repeated."""
        for words in WORK.values():
            self.command("backfill", *words, "--unpause", "--yes")

    def choose(self, side: str) -> None:
        self.command("config", "set", "preload", side)
        self.command("restart", "scheduler", "dag-processor")
        time.sleep(5)  # the dag-processor reads all files once after its start

    def measure(self, part: str) -> bool:
        costs: dict[str, list[Cost]] = {side: [] for side in SIDES}
        for number in range(self.rounds):
            for side in SIDES if number % 2 == 0 else reversed(SIDES):
                self.choose(side)
                before = self._cpu()
                wall = self.work[part]()
                costs[side].append(Cost(wall, self._cpu() - before))
                print(f"{part} {number + 1} {side:4}: {wall:.1f} s, {costs[side][-1].cpu:.1f} s of CPU", flush=True)
        walls, cpus = ([[getattr(c, what) for c in costs[side]] for side in SIDES] for what in ("wall", "cpu"))
        limits = LIMITS[part]
        good = [_verdict(part, "wall", walls, limits[0]), _verdict(part, "CPU", cpus, limits[1])]
        return all(good)

    def _cpu(self) -> float:
        """Of all processes of the services, and of those that they have started and that have ended."""
        total = 0.0
        for process in Supervisor(self.home).processes():
            try:
                total += sum(process.cpu_times()[:4])  # user, system, and of ended children both
            except psutil.NoSuchProcess:  # its parent has counted it by now, or will at the next measurement
                continue
        return total


def _verdict(part: str, what: str, values: list[list[float]], limit: float) -> bool:
    off, auto = (statistics.median(side) for side in values)
    pairs = [mine / rival for rival, mine in zip(*values, strict=True)]
    ratio = statistics.median(pairs)
    word = "ok" if ratio <= limit else "TOO SLOW"
    spread = f"{min(pairs):.2f} … {max(pairs):.2f}"
    print(f"{part}, {what}: {auto:.1f} s against {off:.1f} s: ratio {ratio:.2f} ({spread}), at most {limit}: {word}")
    return bool(ratio <= limit)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(LIMITS)}; default: all")
    parser.add_argument("--rounds", type=int, default=5)
    add_options(parser, "a running home")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(LIMITS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    with platform(given, SETUP) as home:
        bench = Bench(home, given.rounds)
        bench.prepare()
        good = [bench.measure(part) for part in given.parts or LIMITS]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
