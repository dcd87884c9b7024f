"""Shared by the measurements of `seed`: a temporary home, its server, and the time and memory of a command."""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mlopsctl.adapters.mariadb.server import MariaDBServer
from mlopsctl.core import settings
from mlopsctl.core.paths import Home
from mlopsctl.operations.seed.ledger import DAY_COLUMN, FAULTS, LEDGER
from mlopsctl.operations.seed.limits import DAY_BYTES
from tests.bench.measure import MLOPSCTL, Run, environment, measured, timed
from tests.bench.setup import scratch

# `mlopsctl` with another number of connections, for which it has no option.
WITH_WORKERS = """
from mlopsctl.cli.main import main
from mlopsctl.operations.seed import writer
writer.WORKERS = {workers}
main()
"""


@dataclass(frozen=True)
class Range:
    first: date
    last: date

    @property
    def words(self) -> tuple[str, ...]:
        return "--from", str(self.first), "--to", str(self.last)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class SeedHome:
    path: Path

    def run(self, *words: object, workers: int = 0) -> Run:
        """Run `mlopsctl …`, including the start of Python. `workers`: number of connections; 0: the default."""
        program = [sys.executable, "-c", WITH_WORKERS.format(workers=workers)] if workers else [MLOPSCTL]
        return measured([*program, "--home", self.path, *words], environment())

    def json(self, *words: str) -> Any:
        """`data` of the JSON output."""
        command = [str(MLOPSCTL), "--home", str(self.path), *words, "--json"]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
        return json.loads(done.stdout)["data"]

    def seed(self, days: Range, scale: int = 1, workers: int = 0) -> Run:
        return self.run("seed", *days.words, "--scale", scale, "--yes", workers=workers)

    @property
    def server(self) -> MariaDBServer:
        home = Home(self.path)
        found = settings.load(home.config)
        return MariaDBServer(home, found.mariadb_port, found.timezone)

    def empty(self) -> None:
        """Delete all exam data. Not with `seed reset`, which keeps rows that were loaded without it."""
        for table in (*DAY_COLUMN, FAULTS, LEDGER):
            self.server.features.run(f"TRUNCATE TABLE {table}")

    def checksums(self) -> dict[str, tuple[int, int]]:
        """The number of rows and the checksum of each table, independent of the order of rows."""
        db = self.server.features
        sums: dict[str, int] = dict(db.query(f"CHECKSUM TABLE {', '.join(DAY_COLUMN)}"))
        return {table: (db.query(f"SELECT COUNT(*) FROM {table}")[0][0], sums[table]) for table in DAY_COLUMN}


@contextmanager
def seed_home(folder: Path | None, dags: Path) -> Iterator[SeedHome]:
    """A platform without exam data, of which only MariaDB is running. Removed afterwards."""
    with scratch(folder) as inside:
        home = SeedHome(inside("home"))
        command = [MLOPSCTL, "--home", home.path]
        try:
            timed([*command, "setup", "--no-start", "--no-seed", "--dags", dags, "--yes"], environment())
            timed([*command, "start", "mariadb"], environment())
            home.run("seed", "--from", "2023-06-01", "--to", "2023-06-02", "--yes")  # creates the tables
            yield home
        finally:
            remove = [str(word) for word in [*command, "uninstall", "--purge", "--yes"]]
            subprocess.run(remove, env=environment(), capture_output=True, check=False)


def check_disk_space(folder: Path | None, days: Range, scale: int) -> None:
    """Ends the measurement if less than 1.5 times the required disk space is free."""
    needed = 1.5 * DAY_BYTES * scale * days.days
    free = shutil.disk_usage(folder or tempfile.gettempdir()).free
    if free < needed:
        sys.exit(f"scale {scale} needs {needed / 1e9:.1f} GB of disk space, {free / 1e9:.1f} GB are free")


def at_least(name: str, ratios: Sequence[float], limit: float, against: str) -> bool:
    """Print the median of the ratios of rows per second; returns whether it is within the limit."""
    ratio = statistics.median(ratios)
    result = "ok" if ratio >= limit else "TOO SLOW"
    spread = f"{min(ratios):.2f} … {max(ratios):.2f} in {len(ratios)} rounds"
    print(f"{name}: {ratio:.2f} × {against} ({spread}), at least {limit:g}: {result}", flush=True)
    return ratio >= limit
