"""What the measurements of `seed` share: a home that is gone afterwards, its server, a command's time and memory."""

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

# `mlopsctl` with another number of connections: it has no option for that.
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
        """`mlopsctl …` as a whole command, its Python's start included. workers: connections; 0: as it chooses."""
        program = [sys.executable, "-c", WITH_WORKERS.format(workers=workers)] if workers else [MLOPSCTL]
        return measured([*program, "--home", self.path, *words], environment())

    def json(self, *words: str) -> Any:
        """The data of a command's answer."""
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
        """All that is seeded. Not by `seed reset`, which leaves alone what a rival has loaded."""
        for table in (*DAY_COLUMN, FAULTS, LEDGER):
            self.server.features.run(f"TRUNCATE TABLE {table}")

    def checksums(self) -> dict[str, tuple[int, int]]:
        """Of each table the number of its rows and their checksum, whatever their order."""
        db = self.server.features
        sums: dict[str, int] = dict(db.query(f"CHECKSUM TABLE {', '.join(DAY_COLUMN)}"))
        return {table: (db.query(f"SELECT COUNT(*) FROM {table}")[0][0], sums[table]) for table in DAY_COLUMN}


@contextmanager
def seed_home(folder: Path | None, dags: Path) -> Iterator[SeedHome]:
    """A platform of which MariaDB runs, without exam data; nothing of it is left behind."""
    with scratch(folder) as inside:
        home = SeedHome(inside("home"))
        command = [MLOPSCTL, "--home", home.path]
        try:
            timed([*command, "setup", "--no-start", "--no-seed", "--dags", dags, "--yes"], environment())
            timed([*command, "start", "mariadb"], environment())
            home.run("seed", "--from", "2023-06-01", "--to", "2023-06-02", "--yes")  # makes the tables
            yield home
        finally:
            # Whatever came of it: what went wrong has been said by then.
            remove = [str(word) for word in [*command, "uninstall", "--purge", "--yes"]]
            subprocess.run(remove, env=environment(), capture_output=True, check=False)


def need_room(folder: Path | None, days: Range, scale: int) -> None:
    """Ends the measurement where the disk has not room and a half."""
    needed = 1.5 * DAY_BYTES * scale * days.days
    free = shutil.disk_usage(folder or tempfile.gettempdir()).free
    if free < needed:
        sys.exit(f"scale {scale} needs {needed / 1e9:.1f} GB of free disk, and there are {free / 1e9:.1f}")


def at_least(name: str, ratios: Sequence[float], limit: float, against: str) -> bool:
    """Print the middle one of the rounds' ratios of rows per second; whether it is within the limit."""
    ratio = statistics.median(ratios)
    word = "ok" if ratio >= limit else "TOO SLOW"
    spread = f"{min(ratios):.2f} … {max(ratios):.2f} in {len(ratios)} rounds"
    print(f"{name}: {ratio:.2f} × {against} ({spread}), at least {limit:g}: {word}", flush=True)
    return ratio >= limit
