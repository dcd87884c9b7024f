"""A backfill beside many running runs: with Airflow's own limit, 20, it gets no task (apache/airflow#58554)."""

import time
from collections.abc import Iterator

import pytest

from tests.live.conftest import LivePlatform
from tests.live.test_backfill import backfill, green

pytestmark = pytest.mark.live

DAYS = 21


@pytest.fixture
def crowd(platform: LivePlatform) -> Iterator[None]:
    """So many running runs whose tasks wait for a pool without a slot."""
    api = platform.http
    api.send("POST", "/api/v2/pools", {"name": "live_closed", "slots": 0})
    runs = "/api/v2/dags/live_crowd/dagRuns"
    try:
        made = backfill(platform, "live_crowd", "2023-01-01", f"2023-01-{DAYS}", "--detach")
        assert made.code == 0, made.err
        deadline = time.monotonic() + 60
        while (running := api.count(runs, {"state": "running"})) < DAYS:
            assert time.monotonic() < deadline, f"{running} of {DAYS} run"
            time.sleep(0.3)
        yield
        assert api.count(runs, {"state": "running"}) == DAYS
    finally:
        cancelled = platform.mlopsctl("backfills", "cancel", "live_crowd", "--yes")
        assert cancelled.code == 0, cancelled.err
        api.send("DELETE", "/api/v2/pools/live_closed")


@pytest.mark.usefixtures("crowd")
def test_backfill_gets_tasks_beside_many_running_runs(platform: LivePlatform) -> None:
    green(backfill(platform, "live_spare", "2023-03-01", "2023-03-02", "--unpause", "--timeout", "2m", "--json"), 2)
