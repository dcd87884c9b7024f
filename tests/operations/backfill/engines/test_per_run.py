"""The runs of a plan, one by one. What Airflow makes of them is seen in tests/live/test_backfill.py."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mlopsctl.operations.backfill.submission import Creation
from tests.operations.backfill.test_submission import wait
from tests.operations.fake_airflow import Scripted

# Airflow's [scheduler] allowed_run_id_pattern, and the beginnings that it keeps for itself.
ALLOWED, RESERVED = r"^[A-Za-z0-9_.~:+-]+$", ("manual__", "scheduled__", "backfill__", "asset_triggered__")


def test_every_new_date_gets_one_run_with_an_id_that_airflow_takes(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    with Creation(scripted.plan("2024-01-01", "2024-01-31"), scripted.api, "ab12cd") as creation:
        wait(creation)
    ids = [run["dag_run_id"] for _, run in sorted(scripted.runs.items())]
    assert ids == [f"mlopsctl__ab12cd__2024-01-{n:02}" for n in range(1, 32)]
    assert all(re.match(ALLOWED, run_id) and not run_id.startswith(RESERVED) for run_id in ids)
    assert creation.backfill_id == "ab12cd"


@pytest.mark.parametrize("reverse", [False, True])
def test_the_scheduler_is_told_the_order_whichever_thread_comes_first(tmp_path: Path, reverse: bool) -> None:
    scripted = Scripted(tmp_path)
    with Creation(scripted.plan("2024-01-01", "2024-01-20", reverse=reverse), scripted.api, "x") as creation:
        wait(creation)
    by_start = sorted(scripted.runs, key=lambda at: str(scripted.runs[at]["run_after"]))
    assert by_start == sorted(scripted.runs, reverse=reverse)


def test_a_run_whose_answer_was_lost_is_not_made_twice(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    plan = scripted.plan("2024-01-01", "2024-01-05")
    scripted.lost = 3
    with Creation(plan, scripted.api, "x") as creation:
        wait(creation)
    assert len(scripted.runs) == 5


def test_failed_runs_are_cleared_and_keep_their_ids(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="failed", d2024_01_02="success", d2024_01_03="failed")
    with Creation(scripted.plan("2024-01-01", "2024-01-03"), scripted.api, "x") as creation:
        wait(creation)
    assert scripted.cleared == ["manual__d2024_01_01", "manual__d2024_01_03"]
    assert [run["state"] for _, run in sorted(scripted.runs.items())] == ["queued", "success", "queued"]


def test_a_run_whose_clearing_was_answered_too_late_is_not_cleared_twice(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="failed", d2024_01_02="failed")
    plan = scripted.plan("2024-01-01", "2024-01-02")
    scripted.lost = 1
    with Creation(plan, scripted.api, "x") as creation:
        wait(creation)
    assert sorted(scripted.cleared) == ["manual__d2024_01_01", "manual__d2024_01_02"]


def test_a_cleared_run_says_whose_it_is_now(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="failed", d2024_01_02="success")
    with Creation(scripted.plan("2024-01-01", "2024-01-03"), scripted.api, "ab12cd") as creation:
        wait(creation)
    assert [run["note"] for _, run in sorted(scripted.runs.items())] == ["mlopsctl backfill ab12cd", None, None]


def test_a_run_of_a_schedule_gets_the_data_interval_that_the_schedule_gives_it(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    plan = scripted.plan("2024-01-01", "2024-01-02")
    days = tuple(replace(run, interval=(run.logical_date, run.logical_date + timedelta(days=1))) for run in plan.runs)
    daily = replace(plan, dag=replace(plan.dag, periodic=True, exact=False), runs=days)
    with Creation(daily, scripted.api, "x") as creation:
        wait(creation)
    first, _ = (run for _, run in sorted(scripted.runs.items()))
    assert first["dag_run_id"] == "mlopsctl__x__2024-01-01T00:00:00"  # of a day's hours each has its own
    assert (first["data_interval_start"], first["data_interval_end"]) == (
        "2024-01-01T00:00:00+00:00", "2024-01-02T00:00:00+00:00",
    )  # fmt: skip


def test_where_the_interval_is_the_instant_airflow_is_not_told_it(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    with Creation(scripted.plan("2024-01-01", "2024-01-01"), scripted.api, "x") as creation:
        wait(creation)
    assert all("data_interval_start" not in run for run in scripted.runs.values())


def test_a_run_that_clearing_would_leave_queued_for_ever_is_replaced_with_its_conf(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="failed", d2024_01_02="failed")
    scripted.runs["2024-01-01T00:00:00+00:00"]["conf"] = {"a": 1}
    plan = scripted.plan("2024-01-01", "2024-01-02")
    plan = replace(plan, runs=(replace(plan.runs[0], unclearable=True), plan.runs[1]))
    scripted.lost = 1
    with Creation(plan, scripted.api, "x") as creation:
        wait(creation)
    made = scripted.runs["2024-01-01T00:00:00+00:00"]
    assert (made["dag_run_id"], made["state"], made["conf"]) == ("mlopsctl__x__2024-01-01", "queued", {"a": 1})
    assert scripted.cleared == ["manual__d2024_01_02"]
