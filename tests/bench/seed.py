"""How long `mlopsctl seed` takes for days that are not there yet, and when said again.

    python -m tests.bench.seed --home DIR [--days 365]

On one running platform, whose server gets the days that follow the last one seeded.
"""

import argparse
import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.bench.measure import MLOPSCTL, environment, timed, verdict

LIMIT = 12 / 945  # seconds a day: the default range within 12 s
AGAIN = 1.0


def status(command: list[str], *words: str) -> dict[str, Any]:
    done = subprocess.run(
        [*command, "seed", "status", *words, "--json"], env=environment(), capture_output=True, text=True, check=True
    )
    data: dict[str, Any] = json.loads(done.stdout)["data"]
    return data


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--days", type=int, default=365)
    given = parser.parse_args()
    command = [str(MLOPSCTL), "--home", str(given.home)]
    start = date.fromisoformat(status(command)["to"]) + timedelta(days=1)
    span = ["--from", str(start), "--to", str(start + timedelta(days=given.days - 1))]
    fresh = timed([*command, "seed", *span], environment())
    again = timed([*command, "seed", *span], environment())
    rows = sum(status(command, *span)["rows"].values())
    print(f"{given.days} days, {rows:,} rows: {fresh:.2f} s, {rows / fresh:,.0f} rows a second")
    well = verdict("seed", fresh, LIMIT * given.days, 1, "12 s for 945 days, in proportion")
    return 0 if verdict("seed again", again, AGAIN, 1, "1 s") and well else 1


if __name__ == "__main__":
    sys.exit(main())
