"""`mlopsctl --help` beside `python -c "import click"`, and beside `airflow --help`.

    python -m tests.bench.help [--home DIR] [--rounds 15]

With --home the Airflow of that home is measured too. Medians; the commands take turns.
"""

import argparse
import statistics
import sys
from pathlib import Path

from tests.bench.measure import MLOPSCTL, environment, timed, verdict


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    env = environment()
    ours, click = [MLOPSCTL, "--help"], [sys.executable, "-c", "import click"]
    airflow = [given.home / "venv/bin/airflow", "--help"] if given.home else []
    airflow_env = environment(AIRFLOW_HOME=str(given.home / "airflow")) if given.home else {}
    for command, its in ((ours, env), (click, env), (airflow, airflow_env)):
        if command:
            timed(command, its)  # once, so that bytecode and the disk's cache are there for all
    times: dict[str, list[float]] = {"ours": [], "click": [], "airflow": []}
    for n in range(given.rounds):
        times["ours"].append(timed(ours, env))
        times["click"].append(timed(click, env))
        if airflow and n < 5:
            times["airflow"].append(timed(airflow, airflow_env))
    middle = {name: statistics.median(seconds) for name, seconds in times.items() if seconds}
    good = verdict("mlopsctl --help", middle["ours"], middle["click"], 2, 'python -c "import click"')
    if airflow:
        good &= verdict("mlopsctl --help", middle["ours"], middle["airflow"], 1 / 20, "airflow --help")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
