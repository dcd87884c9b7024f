"""Runs that mlopsctl creates one by one. What Airflow does with them is tested in tests/live/test_backfill.py."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mlopsctl.operations.backfill.engines.per_run import PerRunEngine
from tests.operations.backfill.execution.test_submitter import submitted
from tests.operations.fake_airflow import UNSCHEDULED, FakeAirflow

# Airflow's [scheduler] allowed_run_id_pattern, and the prefixes that it reserves.
ALLOWED, RESERVED = r"^[A-Za-z0-9_.~:+-]+$", ("manual__", "scheduled__", "backfill__", "asset_triggered__")


def test_every_new_date_gets_one_run_with_a_valid_id(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    sender = submitted(airflow, airflow.plan("2024-01-01", "2024-01-31"))
    ids = [run["dag_run_id"] for _, run in sorted(airflow.runs.items())]
    assert ids == [f"mlopsctl__ab12cd__2024-01-{n:02}" for n in range(1, 32)]
    assert all(re.match(ALLOWED, run_id) and not run_id.startswith(RESERVED) for run_id in ids)
    assert sender.execution.id == "ab12cd"


@pytest.mark.parametrize("reverse", [False, True])
def test_run_after_gives_the_scheduler_the_order(tmp_path: Path, reverse: bool) -> None:
    airflow = FakeAirflow(tmp_path)
    submitted(airflow, airflow.plan("2024-01-01", "2024-01-20", reverse=reverse))
    by_start = sorted(airflow.runs, key=lambda at: str(airflow.runs[at]["run_after"]))
    assert by_start == sorted(airflow.runs, reverse=reverse)


def test_run_is_not_created_twice_if_the_answer_was_lost(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    plan = airflow.plan("2024-01-01", "2024-01-05")
    airflow.lose_next = 3
    submitted(airflow, plan)
    assert len(airflow.runs) == 5


def test_failed_runs_are_cleared_and_keep_their_ids(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="failed", d2024_01_02="success", d2024_01_03="failed")
    submitted(airflow, airflow.plan("2024-01-01", "2024-01-03"))
    assert airflow.cleared == ["manual__d2024_01_01", "manual__d2024_01_03"]
    assert [run["state"] for _, run in sorted(airflow.runs.items())] == ["queued", "success", "queued"]


def test_run_is_not_cleared_twice_if_the_answer_was_lost(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="failed", d2024_01_02="failed")
    plan = airflow.plan("2024-01-01", "2024-01-02")
    airflow.lose_next = 1
    submitted(airflow, plan)
    assert sorted(airflow.cleared) == ["manual__d2024_01_01", "manual__d2024_01_02"]


def test_cleared_run_gets_a_note_with_its_backfill(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="failed", d2024_01_02="success")
    submitted(airflow, airflow.plan("2024-01-01", "2024-01-03"))
    notes = [run["note"] for _, run in sorted(airflow.runs.items())]
    assert notes == ["mlopsctl backfill ab12cd", None, None]


def test_scheduled_run_gets_the_data_interval_of_the_schedule(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    plan = airflow.plan("2024-01-01", "2024-01-02")
    days = tuple(replace(run, interval=(run.logical_date, run.logical_date + timedelta(days=1))) for run in plan.runs)
    periodic = replace(plan.dag, backfillable=True, periodic=True, empty_intervals=False)
    submitted(airflow, replace(plan, dag=periodic, runs=days))
    first, _ = (run for _, run in sorted(airflow.runs.items()))
    assert first["dag_run_id"] == "mlopsctl__ab12cd__2024-01-01T00:00:00"  # a day may have several runs
    assert (first["data_interval_start"], first["data_interval_end"]) == (
        "2024-01-01T00:00:00+00:00", "2024-01-02T00:00:00+00:00",
    )  # fmt: skip


def test_no_data_interval_is_sent_if_it_is_the_logical_date(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    submitted(airflow, airflow.plan("2024-01-01", "2024-01-01"))
    assert all("data_interval_start" not in run for run in airflow.runs.values())


@pytest.mark.parametrize("why", ["unclearable", "empty"])
def test_run_that_cannot_be_cleared_is_replaced_with_its_conf(tmp_path: Path, why: str) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="failed", d2024_01_02="failed")
    airflow.runs["2024-01-01T00:00:00+00:00"]["conf"] = {"a": 1}
    plan = airflow.plan("2024-01-01", "2024-01-02")
    plan = replace(
        plan, runs=(replace(plan.runs[0], unclearable=why == "unclearable", empty=why == "empty"), plan.runs[1])
    )
    airflow.lose_next = 2  # of the clearing, and of the new run
    submitted(airflow, plan)
    new = airflow.runs["2024-01-01T00:00:00+00:00"]
    assert (new["dag_run_id"], new["state"], new["conf"]) == ("mlopsctl__ab12cd__2024-01-01", "queued", {"a": 1})
    assert airflow.cleared == ["manual__d2024_01_02"]


def test_replaced_run_keeps_its_conf_if_only_its_deletion_was_answered(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="failed")
    airflow.runs["2024-01-01T00:00:00+00:00"]["conf"] = {"a": 1}
    plan = airflow.plan("2024-01-01", "2024-01-01")
    plan = replace(plan, runs=(replace(plan.runs[0], unclearable=True),))
    patch = airflow.patch

    def fail_after_it(body: dict[str, object]) -> object:
        airflow.fail_next = 1
        return patch(body)

    airflow.patch = fail_after_it  # type: ignore[method-assign, assignment]
    submitted(airflow, plan)
    assert airflow.runs["2024-01-01T00:00:00+00:00"]["conf"] == {"a": 1}


def test_warning_about_the_limit_of_the_dag(tmp_path: Path) -> None:
    from mlopsctl.operations.backfill.engines.per_run import PerRunEngine

    airflow = FakeAirflow(tmp_path, d2024_01_01="failed")
    engine = PerRunEngine(airflow.api)
    two = replace(UNSCHEDULED, max_active_runs=2)
    assert list(engine.warnings(airflow.plan("2024-01-01", "2024-01-05", two, max_active=4))) == [
        "no more than 2 runs of d run at a time: its own max_active_runs is below --max-active 4."
    ]
    assert not list(engine.warnings(airflow.plan("2024-01-01", "2024-01-02", two, max_active=4)))


@pytest.mark.parametrize(
    ("version", "reverse", "throttles"), [("2.11.2", True, True), ("2.11.2", False, False), ("3.0.6", True, False)]
)
def test_other_order_is_kept_where_airflow_cannot(tmp_path: Path, version: str, reverse: bool, throttles: bool) -> None:
    airflow = FakeAirflow(tmp_path, version=version)
    plan = airflow.plan("2024-01-01", "2024-01-20", reverse=reverse)
    assert PerRunEngine(airflow.api).throttles(plan) is throttles


@pytest.mark.parametrize(("version", "asks"), [("2.7.2", True), ("2.11.2", False), ("3.3.2", False)])
def test_runs_with_a_wrong_data_interval_need_consent(tmp_path: Path, version: str, asks: bool) -> None:
    airflow = FakeAirflow(tmp_path, version=version)
    plan = airflow.plan("2024-01-01", "2024-01-02")
    engine = PerRunEngine(airflow.api)
    assert engine.question(plan) == ""  # without a schedule, the interval is empty
    days = tuple(replace(run, interval=(run.logical_date, run.logical_date + timedelta(days=1))) for run in plan.runs)
    question = engine.question(replace(plan, dag=replace(plan.dag, empty_intervals=False), runs=days))
    assert ("cannot set the data interval" in question) is asks
