"""Measure the default range at scales 1 and 10: time, memory, disk space, and the commands that read it."""

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
    """The size of the files of the tables, in GB."""
    sql = "SELECT SUM(file_size) FROM information_schema.INNODB_SYS_TABLESPACES WHERE name LIKE 'mlops/%'"
    return float(home.server.admin.query(sql)[0][0]) / 1e9


def readers(home: SeedHome, days: Range, scale: int) -> bool:
    """Measure the commands that read existing days, and the same `seed` again."""
    good = True
    for words in READERS:
        seconds = statistics.median(home.run(*words).seconds for _ in range(5))
        good &= verdict(f"{' '.join(words)} at scale {scale}", seconds, 0.5, 1, "the limit")
    again = statistics.median(home.seed(days, scale).seconds for _ in range(3))
    return verdict(f"seed again at scale {scale}", again, 1.0, 1, "the limit") and good


def check_memory(runs: dict[int, list[Run]]) -> bool:
    good = True
    for scale, scale_runs in runs.items():
        peak = max(run.peak for run in scale_runs)
        result = "ok" if peak <= MEMORY else "TOO MUCH"
        print(f"memory at scale {scale}: {peak:.0f} MB, ratio {peak / MEMORY:.2f} to the limit: {result}", flush=True)
        good &= peak <= MEMORY
    return good


def verify(home: SeedHome, seeding: float, scale: int) -> None:
    """There is no limit; a row that differs ends the measurement."""
    seconds = home.run("seed", "verify").seconds
    print(f"seed verify at scale {scale}: {seconds:.1f} s, {seconds / seeding:.2f} × the seeding", flush=True)


def one(home: SeedHome, days: Range, scale: int) -> bool:
    run = fill(home, days, scale)
    good = readers(home, days, scale)
    verify(home, run.seconds, scale)
    return check_memory({scale: [run]}) and good


def measure(home: SeedHome, days: Range, rounds: int) -> bool:
    """Each scale once per round; at most three rounds, because scale 10 is slow."""
    runs: dict[int, list[Run]] = {1: [], 10: []}
    good = True
    for n in range(min(rounds, 3)):
        for scale, scale_runs in runs.items():
            scale_runs.append(fill(home, days, scale))
            if n == 0:
                good &= readers(home, days, scale)
                verify(home, scale_runs[0].seconds, scale)
    medians = {scale: statistics.median(run.seconds for run in scale_runs) for scale, scale_runs in runs.items()}
    good &= verdict("seed at scale 1", medians[1], DEFAULT * days.days / DAYS, 1, f"{DEFAULT:g} s for {DAYS} days")
    good &= verdict("seed at scale 10", medians[10], medians[1], 10.5, "scale 1")
    return check_memory(runs) and good
