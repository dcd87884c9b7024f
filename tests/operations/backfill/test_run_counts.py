from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from mlopsctl.core.errors import Unavailable
from mlopsctl.core.states import RunState
from mlopsctl.operations.backfill.run_counts import PAGE, QUIET, SELDOM, Counts, Tasks, Watch
from tests.operations.backfill.fake_engine import Engine
from tests.operations.fake_airflow import Scripted


def many(scripted: Scripted, number: int, state: str) -> None:
    for n in range(number):
        scripted.put(f"{date(2024, 1, 1) + timedelta(days=n)}T00:00:00+00:00", state, f"r{n}")


def test_a_look_counts_what_is_there(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="success", d2024_01_02="failed", d2024_01_03="running")
    watch = Watch(scripted.plan("2024-01-01", "2024-01-05"), scripted.api)
    scripted.put("2024-01-04T00:00:00+00:00", "queued", "r4")
    assert watch.look() == Counts(success=1, failed=1, running=1, queued=1, waiting=1)
    assert not watch.idle
    scripted.all_are("success")
    assert watch.look() == Counts(success=4, waiting=1)
    assert watch.idle


def test_where_a_page_holds_the_range_a_look_is_one_request(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    many(scripted, PAGE, "running")
    watch = Watch(scripted.plan("2024-01-01", str(date(2024, 1, 1) + timedelta(days=PAGE - 1))), scripted.api)
    for state in ("queued", "success"):
        scripted.all_are(state)
        scripted.asked.clear()
        assert getattr(watch.look(), state) == PAGE and scripted.asked.total() == 1
    assert watch.idle


def test_runs_that_come_between_are_not_taken_for_those_that_are_awaited(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="running", d2024_01_02="success")
    watch = Watch(scripted.plan("2024-01-01", "2024-01-03"), scripted.api)
    for minute in range(PAGE):
        scripted.put(f"2024-01-02T{minute // 60:02}:{minute % 60:02}:30+00:00", "running", f"stranger{minute}")
    assert watch.look().running == 1 and not watch.idle


@pytest.mark.parametrize("number", [10, 101, 1000])
def test_what_a_look_costs_does_not_grow_with_the_range(tmp_path: Path, number: int) -> None:
    scripted = Scripted(tmp_path)
    many(scripted, number, "running")
    watch = Watch(scripted.plan("2024-01-01", str(date(2024, 1, 1) + timedelta(days=number - 1))), scripted.api)
    watch.look()
    scripted.asked.clear()
    watch.look()
    assert sum(scripted.asked.values()) <= 2


def test_runs_of_other_instants_do_not_hold_up_the_end(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="running")
    for hour in range(30):
        scripted.put(f"2024-01-0{1 + hour // 24}T{hour % 24:02}:30:00+00:00", "running", f"stranger{hour}")
    watch = Watch(scripted.plan("2024-01-01", "2024-01-02"), scripted.api)
    assert watch.look().running == 1 and not watch.idle
    scripted.put("2024-01-01T00:00:00+00:00", "success", "mine")
    assert watch.look() == Counts(success=1, waiting=1)
    assert watch.idle


def test_a_server_that_does_not_answer_changes_no_count(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="running")
    watch = Watch(scripted.plan("2024-01-01", "2024-01-01"), scripted.api)
    seen = watch.look()
    scripted.dead = 99
    with pytest.raises(Unavailable):
        watch.look()
    assert watch.counts == seen


def test_tasks_are_asked_seldom_and_the_slowest_is_remembered(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="running")
    watch = Watch(scripted.plan("2024-01-01", "2024-01-01"), scripted.api)
    slow = {"task_id": "train", "state": "success", "try_number": 1, "map_index": -1, "end_date": None, "duration": 9.5}
    scripted.tasks = {"success": [slow], "up_for_retry": [slow, slow]}
    assert watch.look_at_tasks() == Tasks(2, "train", 9.5)
    scripted.asked.clear()
    assert watch.look_at_tasks() == Tasks(2, "train", 9.5) and not scripted.asked
    watch._asked -= SELDOM
    scripted.tasks = {"success": [slow | {"task_id": "load", "duration": 1.5}]}
    assert watch.look_at_tasks() == Tasks(0, "train", 9.5)
    assert scripted.asked == {"GET taskInstances": 2}


def test_a_failure_is_never_told_as_a_success(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="running", d2024_01_02="running")
    watch = Watch(scripted.plan("2024-01-01", "2024-01-02"), scripted.api)
    watch.look()
    scripted.put("2024-01-01T00:00:00+00:00", "failed", "r")
    assert watch.look() == Counts(failed=1, running=1)


def test_what_stands_as_it_ended_and_will_run_again_is_not_done() -> None:
    pending = Counter({RunState.FAILED: 2, RunState.SUCCESS: 1})
    assert Counts(success=3, failed=2, running=1).without(pending) == Counts(success=2, running=1, waiting=3)
    assert Counts(success=1) + Counts(success=1, queued=2) == Counts(success=2, queued=2)


def test_what_is_left_out_is_no_date_to_wait_for(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="success", d2024_01_02="failed")
    plan = scripted.plan("2024-01-01", "2024-01-05", only="failed")
    watch = Watch(plan, scripted.api)
    assert watch.counts == watch.look() == Counts(success=1, failed=1)
    scripted.put("2024-01-05T00:00:00+00:00", "running", "somebody's")
    assert watch.look() == Counts(success=1, failed=1, running=1)


def quiet(watch: Watch) -> str:
    watch._changed = watch._felt = -2 * QUIET
    return watch.pulse()


def test_why_nothing_moves_is_told(tmp_path: Path) -> None:
    engine = Engine(tmp_path, d2024_01_01="queued")
    plan = engine.daily("2024-01-01", "2024-01-01")
    backfill = engine.open(*plan.days)
    watch = Watch(plan, engine.api)
    assert watch.pulse() == quiet(watch) == ""
    backfill["is_paused"] = True
    assert quiet(watch) == "it is paused; to go on: mlopsctl backfills resume 1"
    engine.paused = True
    assert quiet(watch) == "d is paused; to go on: mlopsctl backfills resume d --unpause"
    engine.stale = True
    assert quiet(watch) == "Airflow cannot read d any more, and starts no task of it: mlopsctl dags errors"
    engine.heartbeat = "2024-01-01T00:00:00+00:00"
    assert quiet(watch).startswith("no sign of life from the scheduler for ")
    watch._changed += 1e9
    assert watch.pulse() == ""
