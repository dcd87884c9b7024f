"""A project that `mlopsctl init` has created, on the real scheduler and feature store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.conftest import LivePlatform
from tests.live.test_dags import until

pytestmark = pytest.mark.live

DAYS = ("--from", "2024-01-01", "--to", "2024-01-03")


@pytest.fixture
def dag(platform: LivePlatform, tmp_path: Path) -> Iterator[str]:
    """The DAG of a project with the template `sql`, linked."""
    made = platform.json("init", str(tmp_path / "Live Loans"), "--template", "sql")["data"]
    name = str(made["dag_id"])
    platform.json("link", "add", str(tmp_path / "Live Loans" / "dags" / name))
    try:
        yield name
    finally:
        platform.json("link", "remove", name)


def test_new_project_runs_without_a_change(platform: LivePlatform, dag: str) -> None:
    def known() -> list[str]:
        return [each["dag_id"] for each in platform.json("dags", "list")["data"]["dags"]]

    until(known, lambda names: dag in names, seconds=120)
    assert platform.json("backfill", dag, *DAYS, "--unpause", "--yes")["data"]["counts"]["success"] == 3
    data = platform.json("coverage", f"mlops.{dag}_daily", *DAYS)["data"]
    assert (len(data["dates"]), data["missing"]) == (3, [])
    sql = "SELECT COUNT(*) FROM mlops.loan_applicant_info WHERE applicant_date BETWEEN '20240101' AND '20240103'"
    counted = f"SELECT CAST(SUM(applications) AS SIGNED) FROM mlops.{dag}_daily"
    assert platform.features.query(counted) == platform.features.query(sql)
