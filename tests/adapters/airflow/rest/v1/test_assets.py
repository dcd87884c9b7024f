"""Datasets through API v1."""

from datetime import UTC, datetime
from pathlib import Path

from mlopsctl.core.model import AssetConsumer, AssetEvent
from tests.fake_api import FakeServer, api_v1

AT = datetime(2024, 1, 2, tzinfo=UTC)


def test_consumers_are_looked_for_in_all_datasets(tmp_path: Path) -> None:
    made = {"uri": "s3://a", "producing_tasks": [{"dag_id": "d", "task_id": "t"}], "consuming_dags": [{"dag_id": "c"}]}
    other = {"uri": "s3://b", "producing_tasks": [], "consuming_dags": [{"dag_id": "d"}]}
    server = FakeServer({"GET /api/v1/datasets": (200, {"datasets": [made, other], "total_entries": 2})})
    assert api_v1(tmp_path, server, version="2.7.2").asset_consumers("d") == [AssetConsumer("s3://a", "c")]
    assert "dag_ids" not in server.params


def test_older_events_are_left_out(tmp_path: Path) -> None:
    events = [
        {"dataset_uri": "s3://a", "source_run_id": f"r{day}", "timestamp": f"2024-01-0{day}T00:00:00+00:00",
         "created_dagruns": []}
        for day in (3, 2, 1)
    ]  # fmt: skip
    server = FakeServer({"GET /api/v1/datasets/events": (200, {"dataset_events": events, "total_entries": 3})})
    found = api_v1(tmp_path, server).asset_events("d", AT)
    assert found == [AssetEvent("s3://a", name, frozenset()) for name in ("r2", "r3")]
