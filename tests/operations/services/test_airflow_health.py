from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core import paths
from mlopsctl.operations.services import airflow_health
from tests.fake_api import api_v2

WELL = dict.fromkeys(airflow_health.SERVICE_OF, "healthy")


def airflow(folder: Path, health: Mapping[str, str | None]) -> AirflowApi:
    body = {name: {"status": status} for name, status in health.items()}
    return api_v2(folder, lambda _: httpx.Response(200, json=body))


def test_every_component_has_a_service_whose_log_can_be_shown() -> None:
    assert set(airflow_health.SERVICE_OF.values()) <= set(paths.SERVICES)


@pytest.mark.parametrize("absent_is_well", [True, False])
def test_all_alive(tmp_path: Path, absent_is_well: bool) -> None:
    assert airflow_health.dead(airflow(tmp_path, WELL), absent_is_well=absent_is_well) is None


@pytest.mark.parametrize(
    ("name", "service"), [("metadatabase", "postgres"), ("dag_processor", "dag-processor"), ("scheduler", "scheduler")]
)
def test_the_first_that_is_not_alive_is_named_with_its_log(tmp_path: Path, name: str, service: str) -> None:
    found = airflow_health.dead(airflow(tmp_path, WELL | {name: "unhealthy"}), absent_is_well=True)
    assert found
    assert (found[0], found[1].code, found[1].hint.text()) == (service, "unhealthy", f"mlopsctl logs {service}")
    assert found[1].message == f"Airflow's {name.replace('_', '-')} is not alive."


def test_one_that_has_never_run_is_dead_only_to_who_needs_it(tmp_path: Path) -> None:
    api = airflow(tmp_path, WELL | {"triggerer": None})
    assert airflow_health.dead(api, absent_is_well=True) is None
    found = airflow_health.dead(api, absent_is_well=False)
    assert found and found[1].hint.text() == "mlopsctl logs triggerer"


def test_a_database_elsewhere_has_no_log_here(tmp_path: Path) -> None:
    api = airflow(tmp_path, WELL | {"metadatabase": "unhealthy"})
    found = airflow_health.dead(api, absent_is_well=True, own=paths.AIRFLOW)
    assert found and found[1].hint.text() == (
        "start it where it runs: setup was given its URL, which is in secrets/metadata-url"
    )
