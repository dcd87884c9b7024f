from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.release import SERVICE_OF_COMPONENT
from mlopsctl.core import paths
from mlopsctl.core.hint import Hint
from mlopsctl.operations.services import airflow_health
from mlopsctl.operations.services.airflow_health import find_unhealthy
from tests.fake_api import api_v2

HEALTHY = dict.fromkeys(SERVICE_OF_COMPONENT, "healthy")


def airflow(folder: Path, health: Mapping[str, str | None]) -> AirflowApi:
    """Its DAGs have one task each."""
    body = {name: {"status": status} for name, status in health.items()}
    tasks = {"tasks": [{"task_id": "work", "depends_on_past": False}]}
    return api_v2(folder, lambda asked: httpx.Response(200, json=tasks if asked.url.path.endswith("tasks") else body))


def test_every_component_has_a_service_whose_log_can_be_shown() -> None:
    assert set(SERVICE_OF_COMPONENT.values()) <= set(paths.SERVICES)


@pytest.mark.parametrize("ignore_absent", [True, False])
def test_all_healthy(tmp_path: Path, ignore_absent: bool) -> None:
    assert find_unhealthy(airflow(tmp_path, HEALTHY), ignore_absent=ignore_absent) is None


@pytest.mark.parametrize(
    ("name", "service"), [("metadatabase", "postgres"), ("dag_processor", "dag-processor"), ("scheduler", "scheduler")]
)
def test_the_first_unhealthy_component_is_named_with_its_log(tmp_path: Path, name: str, service: str) -> None:
    found = find_unhealthy(airflow(tmp_path, HEALTHY | {name: "unhealthy"}), ignore_absent=True)
    assert found
    assert (found[0], found[1].code, found[1].hint.command) == (service, "unhealthy", ("logs", service))
    assert name.replace("_", "-") in found[1].message


def test_a_component_that_has_never_run_is_ignored_on_request(tmp_path: Path) -> None:
    api = airflow(tmp_path, HEALTHY | {"triggerer": None})
    assert find_unhealthy(api, ignore_absent=True) is None
    found = find_unhealthy(api, ignore_absent=False)
    assert found and found[1].hint.command == ("logs", "triggerer")


def test_an_external_database_has_no_log_in_this_home(tmp_path: Path) -> None:
    api = airflow(tmp_path, HEALTHY | {"metadatabase": "unhealthy"})
    found = find_unhealthy(api, ignore_absent=True, own=paths.AIRFLOW)
    assert found and not found[1].hint.command and "secrets/metadata-url" in found[1].hint.note


@pytest.mark.parametrize(
    ("service", "log", "command"),
    [
        ("dag-processor", f"RuntimeError: {airflow_health.TWICE} /dags: /a has appeared more than once.", "doctor"),
        ("dag-processor", "MemoryError", "restart"),
        ("scheduler", airflow_health.TWICE, "restart"),
    ],
)
def test_a_restart_is_not_suggested_while_a_directory_is_reached_twice(service: str, log: str, command: str) -> None:
    hint = airflow_health.remedy(service, log, Hint.of("restart", service))
    assert hint.command[0] == command and (hint.then or hint.command) == ("restart", service)
