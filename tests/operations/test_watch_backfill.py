from datetime import date, timedelta
from pathlib import Path

import pytest

from mlopsctl.errors import Unavailable
from mlopsctl.operations.watch_backfill import Counts, Watch
from tests.operations.scripted import Scripted


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


@pytest.mark.parametrize("number", [10, 100, 1000])
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
