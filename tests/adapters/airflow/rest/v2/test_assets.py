"""Assets through the API. tests/live/test_backfill.py shows that Airflow answers like this."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlopsctl.core.model import AssetConsumer, AssetEvent
from tests.fake_api import FakeServer, api_v2

AT = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("key", ["scheduled_dags", "consuming_dags"])  # the latter in 3.0
def test_consumers_of_what_a_dag_updates_and_not_of_what_it_reads(tmp_path: Path, key: str) -> None:
    made = {"name": "a", "producing_tasks": [{"dag_id": "d", "task_id": "t"}], key: [{"dag_id": "c"}, {"dag_id": "e"}]}
    read = {"name": "b", "producing_tasks": [{"dag_id": "other", "task_id": "t"}], key: [{"dag_id": "d"}]}
    server = FakeServer({"GET /api/v2/assets": (200, {"assets": [made, read], "total_entries": 2})})
    assert api_v2(tmp_path, server).asset_consumers("d") == [AssetConsumer("a", "c"), AssetConsumer("a", "e")]
    assert server.params["dag_ids"] == "d"


def test_events_name_the_dags_that_have_taken_them_in(tmp_path: Path) -> None:
    runs = [{"dag_id": "c", "run_id": "x"}, {"dag_id": "c", "run_id": "y"}]
    events = [
        {"name": "a", "source_run_id": "r1", "created_dagruns": runs},
        {"name": "a", "source_run_id": None, "created_dagruns": []},
    ]
    server = FakeServer({"GET /api/v2/assets/events": (200, {"asset_events": events, "total_entries": 2})})
    found = api_v2(tmp_path, server).asset_events("d", AT)
    assert found == [AssetEvent("a", "r1", frozenset(["c"])), AssetEvent("a", "", frozenset())]
    assert (server.params["source_dag_id"], server.params["timestamp_gte"]) == ("d", AT.isoformat())
