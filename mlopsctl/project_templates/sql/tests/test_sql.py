"""The statements of the DAG, run by SQLite on a small table of applications."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from my_project import days

SQL = Path(days.__file__).parent / "sql"
APPLICATIONS = [
    ("20240101", "Urban", 100),
    ("20240101", "Urban", 50),
    ("20240101", None, None),
    ("20240102", "Rural", 70),
]


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("ATTACH ':memory:' AS mlops")
        connection.execute("CREATE TABLE mlops.loan_applicant_info (applicant_date, property_area, loan_amount)")
        connection.executemany("INSERT INTO mlops.loan_applicant_info VALUES (?, ?, ?)", APPLICATIONS)
        yield connection


def execute(db: sqlite3.Connection, name: str, day: int) -> sqlite3.Cursor:
    """Run a statement as the run of a day in January 2024 would."""
    run = SimpleNamespace(logical_date=datetime(2024, 1, day, tzinfo=ZoneInfo(days.TIMEZONE)))
    environment = Environment(loader=FileSystemLoader(SQL), undefined=StrictUndefined)  # noqa: S701  # SQL, not HTML
    return db.execute(environment.get_template(name).render(dag_run=run, data_day=days.data_day))


def run_day(db: sqlite3.Connection, day: int) -> None:
    for name in ("create_table.sql", "delete_day.sql", "insert_day.sql"):
        execute(db, name, day)


def rows(db: sqlite3.Connection) -> list[tuple[str, str, int, int]]:
    return db.execute("SELECT * FROM mlops.my_project_daily ORDER BY 1, 2").fetchall()


def test_day_has_one_row_per_area(db: sqlite3.Connection) -> None:
    run_day(db, 1)
    assert rows(db) == [("20240101", "Urban", 2, 150), ("20240101", "unknown", 1, 0)]


def test_running_a_day_again_replaces_its_rows(db: sqlite3.Connection) -> None:
    run_day(db, 1)
    db.execute("DELETE FROM mlops.loan_applicant_info WHERE property_area IS NULL")
    run_day(db, 1)
    assert rows(db) == [("20240101", "Urban", 2, 150)]


def test_running_a_day_keeps_the_other_days(db: sqlite3.Connection) -> None:
    run_day(db, 2)
    run_day(db, 1)
    assert ("20240102", "Rural", 1, 70) in rows(db)


@pytest.mark.parametrize("day", [1, 2, 3])
def test_check_passes_after_a_run(db: sqlite3.Connection, day: int) -> None:
    run_day(db, day)
    assert execute(db, "check_day.sql", day).fetchone() == (1,)


def test_check_fails_if_an_application_is_not_counted(db: sqlite3.Connection) -> None:
    run_day(db, 1)
    db.execute("INSERT INTO mlops.loan_applicant_info VALUES ('20240101', 'Rural', 10)")
    assert execute(db, "check_day.sql", 1).fetchone() == (0,)
