"""Compare `mlopsctl seed` with LOAD DATA LOCAL INFILE of the same rows from prepared files."""

import shutil
import sys
from pathlib import Path

from mlopsctl.operations.seed.ledger import DAY_COLUMN
from tests.bench.measure import Run, measured
from tests.bench.seed_home import Range, SeedHome, at_least

SIDES = ("LOAD DATA", "seed, 1 connection", "seed, 2 connections")


def dump(home: SeedHome) -> Path:
    """Write each table to a file, in the order of its key."""
    folder = home.path.parent / "files"
    folder.mkdir()
    if home.server.account:  # the server writes the files
        shutil.chown(folder, home.server.account)
    for table in DAY_COLUMN:
        home.server.admin.run(f"SELECT * FROM {table} INTO OUTFILE '{folder / table}'")
    return folder


def load(home: SeedHome, folder: Path) -> Run:
    """One table after the other on one connection, with the default settings of the server."""
    client, env = home.server.features.client(folder.parent / "client.cnf")
    statements = (f"LOAD DATA LOCAL INFILE '{folder / table}' INTO TABLE {table}" for table in DAY_COLUMN)
    return measured([*client, "--local-infile=1", "-e", "; ".join(statements)], env)


def fill(home: SeedHome, days: Range, side: str, folder: Path) -> float:
    home.empty()
    if side == "LOAD DATA":
        return load(home, folder).seconds
    return home.seed(days, workers=int(side.split()[1])).seconds


def measure(home: SeedHome, days: Range, rounds: int) -> bool:
    """The sides take turns in being first. Times are those of complete commands; ours includes the plan and the
    ledger."""
    home.empty()
    home.seed(days)
    wanted, folder = home.checksums(), dump(home)
    rows = sum(number for number, _ in wanted.values())
    ratios: dict[str, list[float]] = {side: [] for side in SIDES}
    for n in range(rounds):
        seconds: dict[str, float] = {}
        for side in SIDES[n % 3 :] + SIDES[: n % 3]:
            seconds[side] = fill(home, days, side, folder)
            if home.checksums() != wanted:
                sys.exit(
                    f"{side} wrote other rows, so the measurement is invalid: {home.checksums()} instead of {wanted}"
                )
        for side in SIDES:
            ratios[side].append(seconds["LOAD DATA"] / seconds[side])
        speeds = "; ".join(f"{side} {rows / seconds[side]:,.0f} rows/s" for side in SIDES)
        print(f"round {n + 1}, {rows:,} rows: {speeds}", flush=True)
    shutil.rmtree(folder)
    good = at_least(SIDES[1], ratios[SIDES[1]], 0.85, "LOAD DATA LOCAL INFILE")
    return at_least(SIDES[2], ratios[SIDES[2]], 1.0, "LOAD DATA LOCAL INFILE") and good
