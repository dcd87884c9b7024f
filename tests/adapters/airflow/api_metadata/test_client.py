"""tests/live/test_releases.py shows that Airflow answers like this."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.api_metadata.client import ApiMetadata
from tests.operations.fake_airflow import FakeAirflow

FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 3, tzinfo=UTC)


def ended(day: int) -> dict[str, Any]:
    return {"task_id": "work", "state": "success", "try_number": 1, "map_index": -1, "duration": 1.0,
            "end_date": None, "dag_run_id": f"manual__d2024_01_{day:02}"}  # fmt: skip


@pytest.mark.parametrize(
    ("days", "mapped", "empty", "requests"),
    [((1, 2), False, set(), 1), ((1,), False, {"manual__d2024_01_02"}, 2), ((1, 2), True, set(), 1)],
)
def test_tasks_are_read_only_if_some_may_be_missing(
    tmp_path: Path, days: tuple[int, ...], mapped: bool, empty: set[str], requests: int
) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success", d2024_01_02="success")
    airflow.dag_tasks[0]["is_mapped"] = mapped
    airflow.tasks["success"] = [ended(day) for day in days]
    airflow.requests.clear()
    assert ApiMetadata(airflow.api).empty_runs("d", FIRST, LAST) == empty
    assert airflow.requests["GET taskInstances"] == requests


def test_nothing_is_asked_without_a_success(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="failed")
    assert ApiMetadata(airflow.api).empty_runs("d", FIRST, LAST) == set()
    assert not airflow.requests["GET taskInstances"]
