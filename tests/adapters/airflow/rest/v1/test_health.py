"""When a component of Airflow 2 counts as healthy."""

from types import SimpleNamespace
from typing import Any

import pytest

from mlopsctl.adapters.airflow.rest.common.routes import V1
from mlopsctl.adapters.airflow.rest.v1.health import HealthCalls
from mlopsctl.core.states import Health

SCHEDULER = {"latest_scheduler_heartbeat": "2026-01-01T00:01:00+00:00", "status": "healthy"}


class RunCreator:
    """What an Airflow on this machine has."""

    def create(self, *_: Any) -> bool:
        return True


def health(processor: dict[str, Any], *, elsewhere: bool = False) -> Health | None:
    calls = HealthCalls()
    calls.run_creator = None if elsewhere else RunCreator()
    answer = {"scheduler": SCHEDULER, "dag_processor": processor}
    calls.http, calls.routes = SimpleNamespace(send=lambda *_, **__: answer), V1  # type: ignore[assignment]
    return calls.components()["dag_processor"].status


@pytest.mark.parametrize(("heartbeat", "expected"), [("00:00:35", Health.HEALTHY), ("00:00:25", Health.UNHEALTHY)])
def test_the_dag_processor_is_healthy_for_30_seconds_after_a_heartbeat(heartbeat: str, expected: Health) -> None:
    raw = {"latest_dag_processor_heartbeat": f"2026-01-01T{heartbeat}+00:00", "status": "unhealthy"}
    assert health(raw) is expected


@pytest.mark.parametrize(("elsewhere", "expected"), [(False, None), (True, Health.HEALTHY)])
def test_a_dag_processor_elsewhere_may_be_a_part_of_the_scheduler(elsewhere: bool, expected: Health | None) -> None:
    assert health({"latest_dag_processor_heartbeat": None, "status": None}, elsewhere=elsewhere) is expected
