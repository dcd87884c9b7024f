"""This build compared with an older one: the pipelines, the memory, the start.

    python -m tests.bench.builds --rival CHECKOUT [PART…] [--rounds 5] [--homes DIR] [--results FILE]

`start`: from stopped to ready. `extract`: 31 days of data_extract_pipeline; `trigger`: one run of it, seven tasks.
`train`: one run of ineligible_loan_model_ct. `loan`: 31 days of ineligible_loan_model. `idle`: the memory after
`extract` and `loan`, more than 300 tasks. `predict`: the memory while 16 predictions are held. `parse`: all DAG files
once.

Each build has a home of its own and starts it, does all parts and stops it; then the other one. They alternate in going
first. A time is that of the command; CPU is that of all services with the processes that they started, for `parse` of
the dag-processor. The homes are removed afterwards, unless --homes names a folder: there they are kept, and found the
next time. The older build is a checkout with a `.venv`; of the one before preloading:

    git worktree add --detach ../rival 2ca9fe9^ && (cd ../rival && bash -c 'source shell/lib.sh; make_venv ""')

Run it from an environment without the development tools, made the same way: each call of mlopsctl is then as fast as
that of the rival.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.core.paths import Home
from tests.bench import results
from tests.bench.measure import CHECKOUT, MLOPSCTL, environment, timed, until
from tests.bench.setup import scratch
from tests.bench.usage import cpu_seconds, pss

WORK = {  # as shell/onboard.sh does it
    "extract": ("data_extract_pipeline", "--from", "2023-12-01", "--to", "2023-12-31"),
    "train": ("ineligible_loan_model_ct", "--dates", "2024-02-01"),
    "loan": ("ineligible_loan_model", "--from", "2024-03-01", "--to", "2024-03-31"),
}
SEEDED = ("--seed-from", "2023-06-01", "--seed-to", "2024-03-31")
PREDICT = CHECKOUT / "tests/bench/dags/predict_at_once"
PARTS = ("start", "extract", "trigger", "train", "loan", "idle", "predict", "parse")
AT_ONCE = 16
SETTLE = 10.0  # seconds: the dag-processor reads all files after its start; workers end after their task
Figures = dict[str, float]  # by row


@dataclass(frozen=True)
class Side:
    """A build with its home."""

    name: str
    mlopsctl: Path
    dags: Path
    root: Path

    def command(self, *words: object) -> float:
        return timed([self.mlopsctl, "--home", self.root, *words], environment())

    def set_up(self) -> None:
        """What is made only once: neither side pays for its first model, or for creating the runs."""
        print(f"{self.name}: setup in {self.root}", flush=True)
        self.command("setup", "--dags", self.dags, "--dags", PREDICT, *SEEDED, "--yes")
        for words in WORK.values():
            self.command("backfill", *words, "--unpause", "--yes")
        self.command("stop")

    def round(self, parts: list[str]) -> Figures:
        """Start, do the parts in the order of PARTS, stop."""
        found: Figures = {"start wall": self.command("start")}
        time.sleep(SETTLE)
        for part in PARTS[1:]:
            if part in parts:
                found |= self.part(part)
        self.command("stop")
        shown = ", ".join(f"{row} {value:.1f}" for row, value in found.items())
        print(f"{self.name:5}: {shown}; load {results.load():.1f}", flush=True)
        return found

    def part(self, name: str) -> Figures:
        home = Home(self.root)
        if name == "idle":
            time.sleep(SETTLE)
            return {"idle memory": pss(home)}
        if name == "predict":
            return {"predict memory": self.predict_at_once()}
        if name == "parse":
            before = cpu_seconds(home, "dag-processor")
            self.command("dags", "clean")
            return {"parse CPU": cpu_seconds(home, "dag-processor") - before}
        if name == "trigger":
            conf = json.dumps({"base_dt": "20231201"})
            return {"trigger wall": self.command("trigger", "data_extract_pipeline", "--conf", conf, "--wait")}
        before = cpu_seconds(home)
        wall = self.command("backfill", *WORK[name], "--all", "--yes")
        return {f"{name} wall": wall, f"{name} CPU": cpu_seconds(home) - before}

    def predict_at_once(self) -> float:
        """The memory of all services while 16 tasks have predicted and none has ended."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder.chmod(0o777)  # tasks may run under another account
            words = ["trigger", "predict_at_once", "--conf", json.dumps({"folder": name}), "--unpause", "--wait"]
            command = [str(word) for word in (self.mlopsctl, "--home", self.root, *words)]
            with subprocess.Popen(
                command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
            ) as run:
                until(lambda: len(list(folder.iterdir())) == AT_ONCE, f"{AT_ONCE} predictions", timeout=300)
                memory = pss(Home(self.root))
                (folder / "go").touch()
            if run.returncode:
                sys.exit(f"predict_at_once failed (exit {run.returncode}), so the measurement is invalid")
        return memory


def compare(sides: tuple[Side, Side], parts: list[str], rounds: int) -> list[tuple[Figures, Figures]]:
    """Figures of both sides per round; of the complete rounds if it is interrupted."""
    done: list[tuple[Figures, Figures]] = []
    try:
        for number in range(rounds):
            found = {side.name: side.round(parts) for side in (sides if number % 2 == 0 else reversed(sides))}
            done.append((found["ours"], found["rival"]))
    except (KeyboardInterrupt, SystemExit) as e:
        print(f"ended after {len(done)} rounds: {e}", file=sys.stderr)
    finally:
        for side in sides:
            side.command("stop")
    return done


@contextmanager
def homes(given: argparse.Namespace) -> Iterator[tuple[Side, Side]]:
    def sides(folder: Path) -> tuple[Side, Side]:
        return (
            Side("ours", MLOPSCTL, CHECKOUT / "dags", folder / "ours"),
            Side("rival", given.rival / ".venv/bin/mlopsctl", given.rival / "dags", folder / "rival"),
        )

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


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; default: all")
    parser.add_argument("--rival", type=Path, required=True, metavar="CHECKOUT", help="the older build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--homes", type=Path, metavar="DIR", help="where to keep the homes")
    parser.add_argument("--results", type=Path, metavar="FILE", help="append the results to this file")
    given = parser.parse_args()
    given.rival, given.parts = given.rival.resolve(), given.parts or list(PARTS)
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    if "idle" in given.parts:
        given.parts += ["extract", "loan"]
    return given


def main() -> int:
    given = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # stops the services, like Ctrl-C
    with homes(given) as sides:
        for side in sides:
            side.set_up()
        load = results.load()
        done = compare(sides, given.parts, given.rounds)
    good = len(done) == given.rounds
    for row in [row for row in results.ROWS if done and row in done[0][0]]:
        pairs = [(ours[row], rival[row]) for ours, rival in done]
        good &= results.record(row, pairs, load, given.results, given.rival)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
