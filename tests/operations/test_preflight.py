from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.model import DagDetails, ServiceStatus
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import ServiceState
from mlopsctl.operations import preflight
from mlopsctl.operations.platform import Platform
from tests.operations.fake_airflow import UNSCHEDULED
from tests.operations.services.test_airflow_health import HEALTHY, airflow


def test_paused_dag_is_an_error_unless_unpaused() -> None:
    paused = replace(UNSCHEDULED, paused=True)
    error = preflight.paused(paused, unpause=False)
    assert error and error.code == "paused" and "--unpause" in error.hint.note
    assert preflight.paused(paused, unpause=True) is None
    assert preflight.paused(UNSCHEDULED, unpause=False) is None


def test_unhealthy_component_is_shown_with_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "scheduler.log"
    log.write_text("".join(f"line {n}\n" for n in range(20)) + "long " * 100 + "\n")
    api = airflow(tmp_path, HEALTHY | {"scheduler": "unhealthy"})
    error = preflight.unhealthy_component(api, lambda service: tmp_path / f"{service}.log")
    assert error and (error.code, error.hint.text()) == ("unhealthy", "mlopsctl restart scheduler")
    first, *rest = error.message.splitlines()
    assert "scheduler" in first and first.endswith("The end of its log:")
    assert rest[:5] == [f"  line {n}" for n in range(15, 20)]
    assert rest[5].endswith("long …") and len(rest) == 6
    log.unlink()
    error = preflight.unhealthy_component(api, lambda _: log)
    assert error and "log" not in error.message
    assert preflight.unhealthy_component(airflow(tmp_path, HEALTHY), lambda _: log) is None


def platform(home: Path, state: str, **settings: Any) -> Platform:
    """`state`: of mariadb; empty: supervisord does not know it."""
    made = App(home, "backfill", Output()).platform_with(Settings(**settings))
    states = {"mariadb": ServiceStatus("mariadb", ServiceState(state), None, 0, None)} if state else {}
    return replace(made, supervisor=cast(Supervisor, SimpleNamespace(states=lambda: states)))


WITH_OUTPUT = "data_extract_pipeline"


@pytest.mark.parametrize("state", ["stopped", "exited", "fatal", ""])
def test_dag_with_an_output_table_needs_mariadb(tmp_path: Path, state: str) -> None:
    error = preflight.feature_store_down(platform(tmp_path, state), WITH_OUTPUT)
    assert error and (error.code, error.hint.text()) == ("mariadb-down", "mlopsctl start mariadb")
    assert "mlops.ineligible_loan_model_features" in error.message


def test_dag_without_output_table_and_external_feature_store_need_no_mariadb(tmp_path: Path) -> None:
    assert preflight.feature_store_down(platform(tmp_path, "stopped"), "mine") is None
    assert preflight.feature_store_down(platform(tmp_path, "stopped", fills=("mine=mlops.t.day",)), "mine")
    assert preflight.feature_store_down(platform(tmp_path, "stopped", external_feature_store=True), WITH_OUTPUT) is None
    for state in ("running", "starting"):
        assert preflight.feature_store_down(platform(tmp_path, state), WITH_OUTPUT) is None


def test_dag_that_is_no_longer_in_its_file_is_an_error() -> None:
    error = preflight.missing_dag(replace(UNSCHEDULED, stale=True))
    assert error and (error.code, error.hint.text().split("   #")[0]) == ("dag-gone", "mlopsctl link list")
    assert "/h/d.py" in error.message
    assert preflight.missing_dag(UNSCHEDULED) is None


NINE = datetime(2024, 1, 5, tzinfo=UTC)  # in the morning of 2024-01-05 in Seoul


def test_run_cannot_start_before_its_logical_date() -> None:
    error = preflight.not_started_yet(UNSCHEDULED, date(2024, 1, 5), NINE - timedelta(seconds=1), "use it")
    assert error and (error.exit_code, error.code, error.hint.text()) == (2, "empty-range", "use it")
    assert "2024-01-05 09:00 Asia/Seoul" in error.message


@pytest.mark.parametrize(
    ("dag", "day", "now"),
    [
        (UNSCHEDULED, 5, NINE),
        (UNSCHEDULED, 4, NINE - timedelta(hours=9)),
        (replace(UNSCHEDULED, timezone="America/New_York"), 4, NINE + timedelta(hours=4, minutes=59)),
        # the instants of a schedule are its own
        (replace(UNSCHEDULED, backfillable=True, periodic=True), 5, NINE - timedelta(hours=9)),
    ],
)
def test_other_runs_can_start(dag: DagDetails, day: int, now: datetime) -> None:
    assert preflight.not_started_yet(dag, date(2024, 1, day), now, "") is None


def test_external_database_is_not_restarted(tmp_path: Path) -> None:
    api = airflow(tmp_path, HEALTHY | {"metadatabase": "unhealthy"})
    error = preflight.unhealthy_component(api, lambda service: None if service == "postgres" else tmp_path / service)
    assert error and not error.hint.command
