from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.core.paths import Home
from mlopsctl.operations.backfill import controller
from mlopsctl.operations.backfill.pause_guard import Repause, mark_of
from tests.operations.fake_airflow import UNSCHEDULED, Scripted


@pytest.mark.parametrize("repause", [True, False])
def test_what_a_killed_one_owes_the_next_one_pays(tmp_path: Path, repause: bool) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="queued")
    mark = tmp_path / "mark"
    plan = scripted.plan("2024-01-01", "2024-01-01", unpause=True, repause=repause)
    killed = controller.run(replace(plan, dag=replace(UNSCHEDULED, paused=True)), scripted.api, mark=mark)
    next(killed)
    del killed
    assert (scripted.paused, mark.exists()) == (False, repause)
    again = controller.run(plan, scripted.api, mark=mark)  # its DAG is not paused now
    next(again)
    scripted.all_are("success")
    *_, last = again
    assert last.counts.success == 1
    assert (scripted.paused, mark.exists()) == (repause, False)


def test_who_does_not_ask_for_it_any_more_does_not_get_it_later(tmp_path: Path) -> None:
    scripted, mark = Scripted(tmp_path, d2024_01_01="queued"), tmp_path / "mark"
    plan = scripted.plan("2024-01-01", "2024-01-01", replace(UNSCHEDULED, paused=True), unpause=True, repause=True)
    Repause(plan, scripted.api, mark).unpause()
    assert mark.exists() and Repause(plan, scripted.api, mark).due
    other = replace(plan, request=replace(plan.request, repause=False))
    Repause(other, scripted.api, mark).unpause()
    assert not mark.exists() and not Repause(other, scripted.api, mark).due


def test_the_mark_stands_in_the_home(tmp_path: Path) -> None:
    assert mark_of(Home(tmp_path), "d") == tmp_path / "run" / "repause-d"
