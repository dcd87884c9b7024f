import re
import time
from pathlib import Path

import pytest

from mlopsctl.adapters.airflow_http import Refused
from mlopsctl.operations.create_backfill import Creation
from tests.operations.scripted import Scripted

# Airflow's [scheduler] allowed_run_id_pattern, and the beginnings that it keeps for itself.
ALLOWED, RESERVED = r"^[A-Za-z0-9_.~:+-]+$", ("manual__", "scheduled__", "backfill__", "asset_triggered__")


def wait(creation: Creation, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not creation.done:
        assert time.monotonic() < until, "it does not end"
        time.sleep(0.01)


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


def test_what_a_dead_server_did_not_take_is_said_again(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    plan = scripted.plan("2024-01-01", "2024-01-05")
    scripted.dead = 6
    with Creation(plan, scripted.api, "x") as creation:
        wait(creation)
    assert len(scripted.runs) == 5


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


def test_with_a_limit_there_are_never_more_active_runs(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    plan = scripted.plan("2024-01-01", "2024-01-09", max_active=2)
    with Creation(plan, scripted.api, "x") as creation:
        for made in (2, 4, 6, 8, 9):
            creation.count(lambda: sum(run["state"] == "queued" for run in scripted.runs.values()))
            time.sleep(0.3)
            assert len(scripted.runs) == made
            scripted.all_are("success")
        wait(creation)


def test_a_no_of_the_server_ends_it(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    plan = scripted.plan("2024-01-01", "2024-01-05", conf={"a": 1})
    scripted.runs.clear()
    scripted.refusal = "conf is not allowed"
    with Creation(plan, scripted.api, "x") as creation, pytest.raises(Refused, match="conf is not allowed"):
        wait(creation)


def test_left_early_it_makes_nothing_more(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    plan = scripted.plan("2024-01-01", "2024-12-31")
    with Creation(plan, scripted.api, "x"):
        while not scripted.runs:
            time.sleep(0.001)
    made = len(scripted.runs)
    time.sleep(0.3)
    assert len(scripted.runs) == made < 366
