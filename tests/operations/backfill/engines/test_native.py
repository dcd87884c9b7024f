"""Airflow's own engine as mlopsctl drives it. What Airflow makes of it is seen in tests/live/test_backfill.py."""

from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.states import EngineName
from mlopsctl.operations.backfill.plan import BackfillPlan
from mlopsctl.operations.backfill.submission import Creation
from mlopsctl.operations.backfill.submission_state import PAUSED
from tests.operations.backfill.fake_engine import Engine
from tests.operations.backfill.test_submission import until, wait


def made(engine: Engine, plan: BackfillPlan) -> Creation:
    with Creation(plan, engine.api, "ab12cd") as creation:
        wait(creation)
    return creation


def test_one_request_makes_all_runs(tmp_path: Path) -> None:
    engine = Engine(tmp_path, d2024_01_02="failed")
    creation = made(engine, engine.daily("2024-01-01", "2024-01-03"))
    assert creation.backfill_id == 1 and sorted(at.day for at in creation.begun) == [1, 2, 3]
    assert engine.asked["POST backfills"] == 1 and not engine.cleared and not +creation.pending
    assert [run["state"] for run in engine.runs.values()] == ["queued"] * 3


def test_under_its_own_open_backfill_it_clears_and_notes_nothing(tmp_path: Path) -> None:
    engine = Engine(tmp_path, d2024_01_01="failed", d2024_01_02="running")
    plan = engine.daily("2024-01-01", "2024-01-02")
    engine.open(*plan.days)
    creation = made(engine, replace(plan, open=engine.api.active_backfill("d")))
    assert creation.backfill_id == 1 and engine.cleared == ["manual__d2024_01_01"]
    assert engine.asked["POST backfills"] == 0
    assert all(run["note"] is None for run in engine.runs.values())


def test_run_by_run_beside_it_the_runs_are_not_told_to_be_airflows(tmp_path: Path) -> None:
    engine = Engine(tmp_path, d2024_01_01="failed")
    plan = replace(engine.daily("2024-01-01", "2024-01-02"), engine=EngineName.PER_RUN)
    engine.open(*plan.days)
    creation = made(engine, replace(plan, open=engine.api.active_backfill("d")))
    assert creation.backfill_id == "ab12cd"
    assert [run["note"] for run in engine.runs.values()] == ["mlopsctl backfill ab12cd", None]
    assert [run["dag_run_id"][:18] for run in engine.runs.values()] == ["manual__d2024_01_0", "mlopsctl__ab12cd__"]


def test_one_that_airflow_has_not_closed_is_waited_for(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    plan = engine.daily("2024-01-01", "2024-01-02")
    other = engine.open(*engine.daily("2023-01-01", "2023-01-02").days)
    with Creation(plan, engine.api, "ab12cd") as creation:
        while not creation.message:
            assert not creation.done
        assert creation.message.startswith("backfill 1 has to end first: its runs have ended, Airflow closes it")
        assert not creation.begun
        other["completed_at"] = "2024-06-01T00:00:00Z"
        wait(creation)
    assert creation.backfill_id == 2 and not creation.message


@pytest.mark.parametrize(("before", "id_", "why"), [(True, 2, ""), (False, None, PAUSED)])
def test_a_pause_from_before_it_began_holds_nothing_up(tmp_path: Path, before: bool, id_: int | None, why: str) -> None:
    engine = Engine(tmp_path, d2024_01_01="success")
    whole = engine.daily("2024-01-01", "2024-01-04", chunk=2)
    first, second = whole.pieces()
    paused = engine.open(*first.days)
    paused["is_paused"] = before
    plan = replace(second, open=engine.api.active_backfill("d"))
    paused["is_paused"] = True
    with Creation(plan, engine.api, "ab12cd") as creation:
        until(lambda: bool(creation.message or creation.halted))
        paused["completed_at"] = "2024-06-01T00:00:00Z"
        wait(creation)
    assert (creation.backfill_id, creation.halted) == (id_, why)


def test_another_that_is_at_work_ends_it_with_its_number(tmp_path: Path) -> None:
    engine = Engine(tmp_path, d2023_01_01="running")
    plan = engine.daily("2024-01-01", "2024-01-02")
    engine.open(*engine.daily("2023-01-01", "2023-01-02").days)
    with pytest.raises(MlopsctlError, match="backfill 1 is already active on d: 1 runs have not ended"):
        made(engine, plan)


def test_a_number_whose_answer_was_lost_is_found(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.lost = 1
    creation = made(engine, engine.daily("2024-01-01", "2024-01-02"))
    assert creation.backfill_id == 1 and len(engine.backfills) == 1
