"""Airflow's own backfills through the API. tests/live shows that Airflow behaves like this."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import NativeBackfill
from mlopsctl.core.states import Reprocess
from tests.fake_api import FakeServer, api_v2

AT = datetime(2024, 1, 1, tzinfo=UTC)


def test_dry_run_sends_the_range_and_options(tmp_path: Path) -> None:
    listed = {"backfills": [{"logical_date": "2024-01-01T00:00:00Z"}]}
    server = FakeServer({"POST /api/v2/backfills/dry_run": (200, listed)})
    assert api_v2(tmp_path, server).dry_run_backfill("d", AT, AT, reprocess=Reprocess.FAILED, max_active=4) == [AT]
    assert server.body == {
        "dag_id": "d", "from_date": "2024-01-01T00:00:00+00:00", "to_date": "2024-01-01T00:00:00+00:00",
        "reprocess_behavior": "failed", "run_backwards": False, "max_active_runs": 4,
    }  # fmt: skip


def test_pause_unpause_and_cancel(tmp_path: Path) -> None:
    actions = ("pause", "unpause", "cancel")
    server = FakeServer({f"PUT /api/v2/backfills/7/{action}": (200, {}) for action in actions})
    api = api_v2(tmp_path, server)
    for action in actions:
        getattr(api, f"{action}_backfill")(7)
    assert [request.url.path.rpartition("/")[2] for request in server.requests] == list(actions)
    assert all(not request.content or json.loads(request.content) is None for request in server.requests)


def test_active_backfill_is_not_completed(tmp_path: Path) -> None:
    closed = {
        "id": 1, "dag_id": "d", "from_date": "2024-01-01T00:00:00Z", "to_date": "2024-01-01T23:59:59.999999Z",
        "completed_at": "2024-01-02T00:00:00Z", "is_paused": False,
    }  # fmt: skip
    listed = {"backfills": [closed | {"id": 2, "completed_at": None, "is_paused": True}, closed], "total_entries": 2}
    server = FakeServer({"GET /api/v2/backfills": (200, listed)})
    last = datetime(2024, 1, 1, 23, 59, 59, 999999, tzinfo=UTC)
    assert api_v2(tmp_path, server).active_backfill("d") == NativeBackfill(2, "d", AT, last, active=True, paused=True)
    listed["backfills"] = [closed]
    assert api_v2(tmp_path, server).active_backfill("d") is None


@pytest.mark.parametrize(
    ("completed", "paused", "cancelled"), [(None, True, False), ("x", False, False), ("x", True, True)]
)
def test_a_cancelled_backfill_is_closed_and_paused(
    tmp_path: Path, completed: str | None, paused: bool, cancelled: bool
) -> None:
    raw = {"id": 7, "dag_id": "d", "from_date": "2024-01-01T00:00:00Z", "to_date": "2024-01-02T00:00:00Z"}
    server = FakeServer({"GET /api/v2/backfills/7": (200, raw | {"completed_at": completed, "is_paused": paused})})
    assert api_v2(tmp_path, server).backfill(7).cancelled is cancelled


def test_partitioned_dag_cannot_be_backfilled(tmp_path: Path) -> None:
    server = FakeServer({"POST /api/v2/backfills/dry_run": (200, {"backfills": [{"logical_date": None}]})})
    with pytest.raises(MlopsctlError, match="runs by partition"):
        api_v2(tmp_path, server).dry_run_backfill("d", AT, AT)
