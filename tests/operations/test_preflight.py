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
from tests.operations.services.test_airflow_health import WELL, airflow


def test_a_paused_dag_needs_to_be_unpaused() -> None:
    paused = replace(UNSCHEDULED, paused=True)
    error = preflight.paused(paused, unpause=False)
    assert error and (error.code, error.hint.text()) == ("paused", "say it again with --unpause")
    assert error.message == "d is paused: its runs would stay queued."
    assert preflight.paused(paused, unpause=True) is None
    assert preflight.paused(UNSCHEDULED, unpause=False) is None


SEOUL_JUNE = replace(
    UNSCHEDULED, start=datetime(2023, 5, 31, 15, tzinfo=UTC), end=datetime(2023, 6, 30, 14, 59, tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("dag", "day", "hint"),
    [
        (SEOUL_JUNE, datetime(2023, 5, 31, tzinfo=UTC), "narrow the range with --from 2023-06-01"),
        (SEOUL_JUNE, datetime(2023, 7, 1, tzinfo=UTC), "narrow the range with --to 2023-06-30"),
        (
            replace(UNSCHEDULED, start=datetime(2023, 6, 1, 3, tzinfo=UTC)),
            datetime(2023, 6, 1, tzinfo=UTC),
            "narrow the range with --from 2023-06-02",
        ),
    ],
)
def test_a_run_outside_of_the_dags_dates_would_do_nothing(dag: DagDetails, day: datetime, hint: str) -> None:
    inside = datetime(2023, 6, 15, tzinfo=UTC)
    error = preflight.outside(dag, [day, inside])
    assert error and error.code == "outside" and error.hint.text().startswith(hint)
    alone = preflight.outside(dag, [day])  # no narrower range would do
    assert alone and alone.hint.text().startswith(f"take days {'up to' if '--to' in hint else 'from'} {hint[-10:]}")
    assert "in 1 of these runs no task would run, and Airflow would call them a success" in error.message


def test_runs_inside_of_the_dags_dates_are_fine() -> None:
    assert preflight.outside(SEOUL_JUNE, [datetime(2023, 6, n, tzinfo=UTC) for n in range(1, 31)]) is None
    assert preflight.outside(replace(SEOUL_JUNE, start=None, end=None), [datetime(1999, 1, 1, tzinfo=UTC)]) is None


def test_a_dead_part_is_told_with_the_end_of_its_log_and_the_command_that_restarts_it(tmp_path: Path) -> None:
    log = tmp_path / "scheduler.log"
    log.write_text("".join(f"line {n}\n" for n in range(20)) + "long " * 100 + "\n")
    api = airflow(tmp_path, WELL | {"scheduler": "unhealthy"})
    error = preflight.dead_component(api, lambda service: tmp_path / f"{service}.log")
    assert error and (error.code, error.hint.text()) == ("unhealthy", "mlopsctl restart scheduler")
    first, *rest = error.message.splitlines()
    assert first == "Airflow's scheduler is not alive. The end of its log:"
    assert rest[:5] == [f"  line {n}" for n in range(15, 20)]
    assert rest[5].endswith("long …") and len(rest) == 6
    log.unlink()
    error = preflight.dead_component(api, lambda _: log)
    assert error and error.message == "Airflow's scheduler is not alive."
    assert preflight.dead_component(airflow(tmp_path, WELL), lambda _: log) is None


def platform(home: Path, state: str, **settings: Any) -> Platform:
    """One whose mariadb is in this state; empty: supervisord does not know it."""
    made = App(home, "backfill", Output()).platform_with(Settings(**settings))
    states = {"mariadb": ServiceStatus("mariadb", ServiceState(state), None, 0, None)} if state else {}
    return replace(made, supervisor=cast(Supervisor, SimpleNamespace(states=lambda: states)))


FILLS = "data_extract_pipeline"


@pytest.mark.parametrize("state", ["stopped", "exited", "fatal", ""])
def test_a_dag_that_fills_a_table_needs_the_feature_store(tmp_path: Path, state: str) -> None:
    error = preflight.closed_store(platform(tmp_path, state), FILLS)
    assert error and (error.code, error.hint.text()) == ("mariadb-down", "mlopsctl start mariadb")
    assert error.message == (
        "mariadb does not run: no run of data_extract_pipeline could fill mlops.ineligible_loan_model_features."
    )


def test_a_dag_that_fills_none_and_a_feature_store_elsewhere_need_no_server_here(tmp_path: Path) -> None:
    assert preflight.closed_store(platform(tmp_path, "stopped"), "mine") is None
    assert preflight.closed_store(platform(tmp_path, "stopped", fills=("mine=mlops.t.day",)), "mine")
    assert preflight.closed_store(platform(tmp_path, "stopped", external_feature_store=True), FILLS) is None
    for state in ("running", "starting"):
        assert preflight.closed_store(platform(tmp_path, state), FILLS) is None


def test_of_one_run_the_remedy_is_another_date() -> None:
    early = preflight.outside(SEOUL_JUNE, [datetime(2023, 5, 31, tzinfo=UTC)], "--date")
    assert early and early.hint.text() == "say --date 2023-06-01, its first day, or change the start_date of the DAG"
    assert early.message.endswith("in this run no task would run, and Airflow would call it a success.")
    late = preflight.outside(SEOUL_JUNE, [datetime(2023, 7, 1, tzinfo=UTC)], "--date")
    assert late and late.hint.text() == "say --date 2023-06-30, its last day, or change the end_date of the DAG"


def test_of_named_days_the_remedy_is_to_leave_some_out() -> None:
    early = preflight.outside(SEOUL_JUNE, [datetime(2023, 5, 31, tzinfo=UTC)], "--dates")
    assert early and early.hint.text() == "leave out the days before 2023-06-01, or change the start_date of the DAG"
    late = preflight.outside(SEOUL_JUNE, [datetime(2023, 7, 1, tzinfo=UTC)], "--dates")
    assert late and late.hint.text() == "leave out the days after 2023-06-30, or change the end_date of the DAG"


def test_a_dag_that_is_not_in_its_file_any_more_starts_nothing() -> None:
    error = preflight.gone(replace(UNSCHEDULED, stale=True))
    assert error and (error.code, error.hint.text().split("   #")[0]) == ("dag-gone", "mlopsctl link list")
    assert error.message == (
        "Airflow finds no DAG d in /h/d.py any more: the file is gone, or the DAG is not in it, and no run would start."
    )
    assert preflight.gone(UNSCHEDULED) is None


NINE = datetime(2024, 1, 5, tzinfo=UTC)  # in the morning of 2024-01-05 in Seoul


def test_the_run_of_a_day_that_has_begun_in_seoul_and_not_in_utc_is_to_come() -> None:
    error = preflight.to_come(UNSCHEDULED, date(2024, 1, 5), NINE - timedelta(seconds=1), "use it")
    assert error and (error.exit_code, error.code, error.hint.text()) == (2, "empty-range", "use it")
    assert error.message == (
        "the run of 2024-01-05 can begin at 2024-01-05 09:00 Asia/Seoul: that is its logical date, before which "
        "Airflow gives it no task."
    )


@pytest.mark.parametrize(
    ("dag", "day", "now"),
    [
        (UNSCHEDULED, 5, NINE),
        (UNSCHEDULED, 4, NINE - timedelta(hours=9)),
        (replace(UNSCHEDULED, timezone="America/New_York"), 4, NINE + timedelta(hours=4, minutes=59)),
        (replace(UNSCHEDULED, periodic=True), 5, NINE - timedelta(hours=9)),  # its instants are the schedule's
    ],
)
def test_any_other_run_can_begin(dag: DagDetails, day: int, now: datetime) -> None:
    assert preflight.to_come(dag, date(2024, 1, day), now, "") is None


def test_a_dead_database_elsewhere_is_not_to_be_restarted_here(tmp_path: Path) -> None:
    api = airflow(tmp_path, WELL | {"metadatabase": "unhealthy"})
    error = preflight.dead_component(api, lambda service: None if service == "postgres" else tmp_path / service)
    assert error and error.hint.text().startswith("start it where it runs: ")
