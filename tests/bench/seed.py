"""Compare the speed of `mlopsctl seed` with alternatives, in one run on a server of its own.

    python -m tests.bench.seed [--only load|scale|task] [--rounds 5] [--scale 100] [--folder DIR] [--from D] [--to D]

load: the same rows with LOAD DATA LOCAL INFILE. scale: time, memory and disk space of the default range at scales 1 and
10, and the commands that read it. task: a month with one Airflow task per day. --scale measures only that scale. The
home is created for the measurement and removed afterwards; scale 10 needs 2 GB of disk space, scale 100 needs 20 GB.
"""

import argparse
import os
import sys
from datetime import date
from pathlib import Path

from tests.bench import seed_by_task, seed_load, seed_scale
from tests.bench.measure import CHECKOUT
from tests.bench.seed_home import Range, SeedHome, check_disk_space, seed_home

PARTS = {"load": seed_load.measure, "scale": seed_scale.measure, "task": seed_by_task.measure}


def conditions(home: SeedHome) -> str:
    server = home.server.admin.query("SELECT VERSION(), @@innodb_buffer_pool_size DIV 1048576")[0]
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; MariaDB {server[0]}, buffer pool {server[1]} MiB"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=int, help="measure only this scale, once")
    parser.add_argument("--folder", type=Path, help="where to create the home [default: the temporary folder]")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2023, 6, 1))
    parser.add_argument("--to", dest="last", type=date.fromisoformat, default=date(2025, 12, 31))
    given = parser.parse_args()
    days = Range(given.first, given.last)
    check_disk_space(given.folder, days, given.scale or (1 if given.only in ("load", "task") else 10))
    with seed_home(given.folder, CHECKOUT / "tests/bench/dags") as home:
        print(conditions(home), flush=True)
        if given.scale:
            return 0 if seed_scale.one(home, days, given.scale) else 1
        parts = [given.only] if given.only else list(PARTS)
        verdicts = [PARTS[part](home, days, given.rounds) for part in parts]  # all of them, also after a failure
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
