"""The health of Airflow's components. tests/live shows that Airflow behaves like this."""

from datetime import UTC, datetime
from pathlib import Path

from mlopsctl.core.model import ComponentHealth
from mlopsctl.core.states import Health
from tests.fake_api import FakeServer, api_v2

AT = datetime(2024, 1, 1, tzinfo=UTC)
ANSWER = {
    "metadatabase": {"status": "healthy"},
    "scheduler": {"status": "unhealthy", "latest_scheduler_heartbeat": "2024-01-01T00:00:00+00:00"},
    "triggerer": {"status": None, "latest_triggerer_heartbeat": None},
}


def test_health_has_the_components_that_have_run(tmp_path: Path) -> None:
    server = FakeServer({"GET /api/v2/monitor/health": (200, ANSWER)})
    api = api_v2(tmp_path, server)
    assert api.components() == {
        "metadatabase": ComponentHealth(Health.HEALTHY),
        "scheduler": ComponentHealth(Health.UNHEALTHY, AT),
        "triggerer": ComponentHealth(None),
    }
    assert api.health() == {"metadatabase": "healthy", "scheduler": "unhealthy"}
    assert api.heartbeats() == {"scheduler": AT.timestamp()}
    assert "Authorization" not in server.requests[-1].headers
