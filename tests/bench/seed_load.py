"""`mlopsctl seed` beside LOAD DATA LOCAL INFILE of the same rows from ready files, into the same tables."""

import shutil
import sys
from pathlib import Path

from mlopsctl.operations.seed.ledger import DAY_COLUMN
from tests.bench.measure import Run, measured
from tests.bench.seed_home import Range, SeedHome, at_least

SIDES = ("LOAD DATA", "seed, 1 connection", "seed, 2 connections")


def dump(home: SeedHome) -> Path:
    """Each table as a file, in the order of its key."""
    folder = home.path.parent / "files"
    folder.mkdir()
    if home.server.account:  # it is the server that writes them
        shutil.chown(folder, home.server.account)
    for table in DAY_COLUMN:
        home.server.admin.run(f"SELECT * FROM {table} INTO OUTFILE '{folder / table}'")
    return folder


def load(home: SeedHome, folder: Path) -> Run:
    """One table after the other, over one connection, as the server is set."""
    client, env = home.server.features.client(folder.parent / "client.cnf")
    statements = (f"LOAD DATA LOCAL INFILE '{folder / table}' INTO TABLE {table}" for table in DAY_COLUMN)
    return measured([*client, "--local-infile=1", "-e", "; ".join(statements)], env)


def fill(home: SeedHome, days: Range, side: str, folder: Path) -> float:
    home.empty()
    if side == "LOAD DATA":
        return load(home, folder).seconds
    return home.seed(days, workers=int(side.split()[1])).seconds


def measure(home: SeedHome, days: Range, rounds: int) -> bool:
    """Each side is first in turn. Both are whole commands; ours makes its plan and its ledger, too."""
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
                sys.exit(f"{side} made other rows, so nothing was measured: {home.checksums()} instead of {wanted}")
        for side in SIDES:
            ratios[side].append(seconds["LOAD DATA"] / seconds[side])
        said = "; ".join(f"{side} {rows / seconds[side]:,.0f} rows/s" for side in SIDES)
        print(f"round {n + 1}, {rows:,} rows: {said}", flush=True)
    shutil.rmtree(folder)
    good = at_least(SIDES[1], ratios[SIDES[1]], 0.85, "LOAD DATA LOCAL INFILE")
    return at_least(SIDES[2], ratios[SIDES[2]], 1.0, "LOAD DATA LOCAL INFILE") and good
