"""Compare `mlopsctl seed` for a month with one Airflow task per day, whose rows only have to be copied."""

import statistics
import sys
from datetime import date

from mlopsctl.operations.seed.ledger import DAY_COLUMN
from tests.bench.measure import until
from tests.bench.seed_home import Range, SeedHome

DAG = "seed_by_task"
MONTH = Range(date(2024, 1, 1), date(2024, 1, 31))  # as in dags/seed_by_task


def prepare(home: SeedHome) -> None:
    """Copy the rows of the month, so that the tasks do not have to generate them."""
    db = home.server.features
    db.without_database.run("CREATE DATABASE IF NOT EXISTS temp")
    home.empty()
    home.seed(MONTH)
    for table in DAY_COLUMN:
        copy = f"temp.ready_{table.split('.')[1]}"
        db.run(f"CREATE OR REPLACE TABLE {copy} LIKE {table}")
        db.run(f"INSERT INTO {copy} SELECT * FROM {table}")


def tasks(home: SeedHome) -> float:
    return home.run("trigger", DAG, "--unpause", "--wait").seconds


def measure(home: SeedHome, days: Range, rounds: int) -> bool:
    """Always the same month. The first round is not counted: the first runs of a platform are slower."""
    home.run("start")
    until(lambda: DAG in {dag["dag_id"] for dag in home.json("dags", "list")["dags"]}, DAG, pause=1)
    prepare(home)
    wanted = home.checksums()
    seconds: dict[str, list[float]] = {"seed": [], "tasks": []}
    for n in range(min(rounds, 3) + 1):
        for side, results in seconds.items():
            home.empty()
            took = tasks(home) if side == "tasks" else home.seed(MONTH).seconds
            if home.checksums() != wanted:
                sys.exit(
                    f"{side} wrote other rows, so the measurement is invalid: {home.checksums()} instead of {wanted}"
                )
            if n:
                results.append(took)
                print(f"round {n}, {side}, 31 days: {took:.2f} s", flush=True)
    ours, theirs = (statistics.median(results) for results in seconds.values())
    print(f"31 days: seed {ours:.2f} s, a task per day {theirs:.2f} s: factor {theirs / ours:.1f}", flush=True)
    return True
