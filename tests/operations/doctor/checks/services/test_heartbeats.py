from datetime import UTC, datetime

import psutil
import pytest

from mlopsctl.core.deadline import poll
from mlopsctl.core.model import ComponentHealth
from mlopsctl.core.states import Health
from mlopsctl.operations.doctor.checks.services.heartbeats import silent_services
from tests.operations.doctor.checks.services.conftest import Services
from tests.operations.doctor.contexts import findings, fix_first, outcome


def test_suspended_service_is_resumed(services: Services) -> None:
    process = services.start("mariadb")
    process.suspend()
    assert poll(lambda: process.status() == psutil.STATUS_STOPPED, every=0.01, give_up_after=10)
    (finding,) = findings("heartbeats", services.root)
    assert finding.details == ("mariadb",)
    assert fix_first("heartbeats", services.root) == ["resumed mariadb"]
    assert poll(lambda: process.status() != psutil.STATUS_STOPPED, every=0.01, give_up_after=10)


@pytest.mark.parametrize(
    "name", ["dag-variables", "dag-connections", "dag-parsing", "dag-errors", "heartbeats", "login"]
)
def test_airflow_is_not_asked_without_its_database(name: str, services: Services) -> None:
    services.home.secret("service-password").touch()
    services.start("api-server")
    assert outcome(name, services.root) == ("skipped", "postgres is not running")


def test_components_without_a_recent_heartbeat() -> None:
    last = datetime(2026, 11, 21, 10, tzinfo=UTC)
    health = {
        "metadatabase": ComponentHealth(Health.HEALTHY),
        "scheduler": ComponentHealth(Health.UNHEALTHY, last),
        "triggerer": ComponentHealth(None),
        "dag_processor": ComponentHealth(Health.HEALTHY, last),
    }
    assert dict(silent_services(health)) == {
        "scheduler": f"last sent a heartbeat at {last.isoformat()}",
        "triggerer": "has never sent a heartbeat",
    }
