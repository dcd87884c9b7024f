"""The default range at scale 1 and at scale 10: seconds, memory, disk, and the commands that read it."""

import statistics

from tests.bench.measure import Run, verdict
from tests.bench.seed_home import Range, SeedHome

DEFAULT, DAYS = 12.0, 945  # seconds for the default range, on two cores
MEMORY = 80.0  # MB
READERS = (("seed", "status"), ("coverage", "mlops.cust_info"), ("coverage", "mlops.loan_applicant_info"))


def fill(home: SeedHome, days: Range, scale: int) -> Run:
    home.empty()
    run = home.seed(days, scale)
    rows = sum(home.json("seed", "status", *days.words)["rows"].values())
    print(
        f"scale {scale}: {days.days} days, {rows:,} rows, {disk(home):,.2f} GB, {run.seconds:.1f} s, "
        f"{rows / run.seconds:,.0f} rows/s, {run.peak:.0f} MB of memory",
        flush=True,
    )
    return run


def disk(home: SeedHome) -> float:
    """GB of the tables' files."""
    sql = "SELECT SUM(file_size) FROM information_schema.INNODB_SYS_TABLESPACES WHERE name LIKE 'mlops/%'"
    return float(home.server.admin.query(sql)[0][0]) / 1e9


def readers(home: SeedHome, days: Range, scale: int) -> bool:
    """What looks at the days that are there, and the same `seed` again."""
    good = True
    for words in READERS:
        seconds = statistics.median(home.run(*words).seconds for _ in range(5))
        good &= verdict(f"{' '.join(words)} at scale {scale}", seconds, 0.5, 1, "the limit")
    again = statistics.median(home.seed(days, scale).seconds for _ in range(3))
    return verdict(f"seed again at scale {scale}", again, 1.0, 1, "the limit") and good


def remembered(runs: dict[int, list[Run]]) -> bool:
    good = True
    for scale, its in runs.items():
        peak = max(run.peak for run in its)
        word = "ok" if peak <= MEMORY else "TOO MUCH"
        print(f"memory at scale {scale}: {peak:.0f} MB, ratio {peak / MEMORY:.2f} to the limit: {word}", flush=True)
        good &= peak <= MEMORY
    return good


def verify(home: SeedHome, seeding: float, scale: int) -> None:
    """There is no limit for it; it ends the measurement where a row is not as it should be."""
    seconds = home.run("seed", "verify").seconds
    print(f"seed verify at scale {scale}: {seconds:.1f} s, {seconds / seeding:.2f} × the seeding", flush=True)


def one(home: SeedHome, days: Range, scale: int) -> bool:
    run = fill(home, days, scale)
    good = readers(home, days, scale)
    verify(home, run.seconds, scale)
    return remembered({scale: [run]}) and good


def measure(home: SeedHome, days: Range, rounds: int) -> bool:
    """A round is each scale once; three are enough, scale 10 takes its time."""
    runs: dict[int, list[Run]] = {1: [], 10: []}
    good = True
    for n in range(min(rounds, 3)):
        for scale, its in runs.items():
            its.append(fill(home, days, scale))
            if n == 0:
                good &= readers(home, days, scale)
                verify(home, its[0].seconds, scale)
    middle = {scale: statistics.median(run.seconds for run in its) for scale, its in runs.items()}
    good &= verdict("seed at scale 1", middle[1], DEFAULT * days.days / DAYS, 1, f"{DEFAULT:g} s for {DAYS} days")
    good &= verdict("seed at scale 10", middle[10], middle[1], 10.5, "scale 1")
    return remembered(runs) and good
