"""`shell/onboard.sh` of this build compared with that of an older one: from a fresh checkout to the last screen.

    python -m tests.bench.onboard --rival CHECKOUT [--rounds 5] [--folder DIR] [--results FILE]

Both are cloned from their last commit, and have empty caches and a new home; the system packages are installed. They
alternate in going first. How to make the checkout of the older build: see tests/bench/builds.py.
"""

import argparse
import signal
import subprocess
import sys
from pathlib import Path

from tests.bench import results
from tests.bench.measure import CHECKOUT, environment, timed
from tests.bench.setup import scratch


def onboard(checkout: Path, folder: Path) -> float:
    """Seconds of the script. The platform is removed afterwards."""
    folder.mkdir()
    clone, cache = folder / "checkout", str(folder / "cache")
    timed(["git", "clone", "--quiet", checkout, clone], environment())
    caches = {"XDG_CACHE_HOME": cache, "UV_CACHE_DIR": f"{cache}/uv", "PIP_CACHE_DIR": f"{cache}/pip"}
    env = environment(MLOPSCTL_HOME=str(folder / "home"), **caches)
    try:
        return timed([clone / "shell/onboard.sh"], env)
    finally:
        remove = [str(clone / ".venv/bin/mlopsctl"), "uninstall", "--purge", "--yes"]
        subprocess.run(remove, env=env, stderr=subprocess.DEVNULL, check=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rival", type=Path, required=True, metavar="CHECKOUT", help="the older build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where to create the homes")
    parser.add_argument("--results", type=Path, metavar="FILE", help="append the result to this file")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # removes the platform, like Ctrl-C
    pairs, load = [], results.load()
    checkouts = {"ours": CHECKOUT, "rival": given.rival.resolve()}
    for number in range(given.rounds):
        seconds: dict[str, float] = {}
        for side in ("ours", "rival") if number % 2 == 0 else ("rival", "ours"):
            with scratch(given.folder) as inside:
                seconds[side] = onboard(checkouts[side], inside(side))
            print(f"{side:5}: {seconds[side]:.1f} s; load {results.load():.1f}", flush=True)
        pairs.append((seconds["ours"], seconds["rival"]))
    return 0 if results.record("onboard wall", pairs, load, given.results, given.rival) else 1


if __name__ == "__main__":
    sys.exit(main())
