"""The same backfill in a context, by the API alone, and in the home, which also reads the metadata database.

    python -m tests.bench.context [--rounds 3] [--days 31] [--folder DIR | --home DIR]

The two alternate in going first. `one_task` goes through Airflow's own backfill, `data_extract_pipeline` gets a run per
day. A home is created and removed afterwards; --home uses a running one, whose runs of the two DAGs are deleted.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from mlopsctl.core import settings
from mlopsctl.core.paths import Home
from tests.bench.backfill import EXTRACT, ONE_TASK, SETUP, Bench, Window
from tests.bench.backfill import _window as window_of
from tests.bench.measure import MLOPSCTL, Run, environment, measured, timed, verdict
from tests.bench.platform import platform

LIMIT = 1.05
ZONES = {ONE_TASK: "UTC", EXTRACT: "Asia/Seoul"}


class Elsewhere:
    """The home as a context."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.env = environment(XDG_CONFIG_HOME=str(folder))
        login = ["--user", "admin", "--password-file", home.secret("admin-password")]
        url = settings.load(home.config).api_url
        timed([MLOPSCTL, "context", "add", "bench", "--url", url, *login], self.env)

    def backfill(self, dag: str, window: Window) -> Run:
        words = ["--context", "bench", "backfill", dag, "--from", window[0], "--to", window[1], "--yes", "--json"]
        return measured([MLOPSCTL, *words], self.env)


def compare(bench: Bench, elsewhere: Elsewhere, dag: str, number: int) -> bool:
    window, pairs = window_of(number), []
    for n in range(bench.rounds):
        took: dict[str, Run] = {}
        for side in ("home", "context") if n % 2 == 0 else ("context", "home"):
            took[side] = bench.ours(dag, window) if side == "home" else elsewhere.backfill(dag, window)
            bench.green(dag, window, ZONES[dag])
            bench.api.forget(dag)
        pairs.append((took["context"].seconds, took["home"].seconds))
        shown = (f"{side} {run.seconds:.2f} s, {run.cpu:.2f} s of CPU" for side, run in sorted(took.items()))
        print(f"round {n + 1}: {'; '.join(shown)}", flush=True)
    theirs, ours = (statistics.median(side) for side in zip(*pairs, strict=True))
    return verdict(f"{number} days of {dag} in a context", theirs, ours, LIMIT, "the home")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--days", type=int, default=31)
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--folder", type=Path, help="where to create the home")
    target.add_argument("--home", type=Path, help="a running home")
    given = parser.parse_args()
    with platform(given, SETUP) as home, tempfile.TemporaryDirectory() as folder:
        bench, elsewhere = Bench(home, given.rounds), Elsewhere(home, Path(folder))
        good = [compare(bench, elsewhere, dag, given.days) for dag in (ONE_TASK, EXTRACT)]
        return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
