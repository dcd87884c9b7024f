"""A pipeline for Airflow 2, rewritten by `mlopsctl dags migrate` and run on the current Airflow."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.conftest import LivePlatform
from tests.live.test_dags import until

pytestmark = pytest.mark.live

PROJECT = Path(__file__).parent / "airflow2" / "live_airflow2"
# What Airflow 2.7.2 wrote for the runs of these days, with the pipeline as it is in PROJECT.
COLUMNS = "ds, yesterday, tomorrow, previous, following, logical_hour, interval_end"
ROWS = [
    ("2024-01-01", "20231231", "2024-01-02", "2023-12-31", "2024-01-02", "2024-01-01T19", "2024-01-02T19:00"),
    ("2024-01-02", "20240101", "2024-01-03", "2024-01-01", "2024-01-03", "2024-01-02T19", "2024-01-03T19:00"),
    ("2024-01-03", "20240102", "2024-01-04", "2024-01-02", "2024-01-04", "2024-01-03T19", "2024-01-04T19:00"),
]


@pytest.fixture
def dag(platform: LivePlatform, tmp_path: Path) -> Iterator[str]:
    """The DAG, rewritten and linked."""
    project = tmp_path / PROJECT.name
    shutil.copytree(PROJECT, project)
    files = platform.json("dags", "migrate", str(project), "--backup", "--yes")["data"]["files"]
    assert {Path(file["file"]).name: (file["changed"], file["left"]) for file in files} == {
        "live_airflow2.py": (True, []),
        "load.sql": (True, []),
    }
    assert platform.json("dags", "check", str(project))["data"]["findings"] == []
    assert platform.json("dags", "migrate", str(project), "--yes")["data"]["files"] == []
    platform.json("link", "add", str(project))
    try:
        yield project.name
    finally:
        platform.json("link", "remove", project.name)
        platform.features.query("DROP TABLE IF EXISTS mlops.live_airflow2")


def test_rewritten_pipeline_writes_the_rows_of_airflow_2(platform: LivePlatform, dag: str) -> None:
    def known() -> list[str]:
        return [each["dag_id"] for each in platform.json("dags", "list")["data"]["dags"]]

    until(known, lambda names: dag in names, seconds=120)
    days = ("--from", "2024-01-02", "--to", "2024-01-04")
    assert platform.json("backfill", dag, *days, "--unpause", "--repause", "--yes")["data"]["counts"]["success"] == 3
    table = "mlops.live_airflow2 WHERE ds < '2024-02'"  # without the latest run, which the schedule starts by itself
    rows = platform.features.query(f"SELECT {COLUMNS}, counted FROM {table} ORDER BY ds")
    assert [tuple(row[:-1]) for row in rows] == ROWS
    applications = "SELECT COUNT(*) FROM mlops.loan_applicant_info WHERE applicant_date = %s"
    counted = [platform.features.query(applications, (row[1],))[0][0] for row in ROWS]
    assert [row[-1] for row in rows] == [f"{n} at 19 before {row[4]}" for n, row in zip(counted, ROWS, strict=True)]
