"""Queries on the metadata of Airflow 2. tests/live shows that PostgreSQL accepts them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.dag_run_script import DagRunScript
from mlopsctl.adapters.airflow.metadb.airflow2 import NAMES, with_names_of_airflow3
from mlopsctl.adapters.airflow.metadb.client import MetadataDatabase
from mlopsctl.adapters.airflow.programs import AirflowPrograms
from mlopsctl.adapters.airflow.release import RELEASES
from mlopsctl.core.paths import Home
from tests.adapters.airflow.metadb.test_client import FakePostgres

AIRFLOW_2 = replace(RELEASES[-1], series="2.11")


def test_names_come_before_the_query_and_its_own() -> None:
    assert with_names_of_airflow3("\nSELECT 1") == f"WITH {NAMES} SELECT 1"
    assert with_names_of_airflow3("\nWITH a AS (SELECT 1)\nSELECT 2") == f"WITH {NAMES}, a AS (SELECT 1)\nSELECT 2"


def test_queries_of_airflow_2_have_the_names_of_airflow_3(monkeypatch: pytest.MonkeyPatch) -> None:
    queries: list[str] = []

    def answer(sql: str) -> list[Any]:
        queries.append(sql)
        return []

    first = datetime(2024, 1, 1, tzinfo=UTC)
    slots = {first: (first, first + timedelta(days=1))}
    monkeypatch.setattr(DagRunScript, "slots", lambda *_: slots)
    home = Home(Path("/h"))
    metadata = MetadataDatabase(FakePostgres(home, answer), AirflowPrograms(home, release=AIRFLOW_2))
    metadata.backfills()
    metadata.queued_runs(1.0)
    assert all(sql.startswith(f"WITH {NAMES}, ") for sql in queries)
    assert metadata.slots("d", first, first) == slots
