from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.core.paths import Home
from mlopsctl.operations.backfill.execution.pause_guard import PauseGuard, marker
from mlopsctl.operations.backfill.execution.progress import Progress
from mlopsctl.operations.backfill.plan import BackfillPlan
from tests.operations.fake_airflow import UNSCHEDULED, FakeAirflow


@pytest.mark.parametrize("repause", [True, False])
def test_dag_is_paused_again_by_the_next_call_after_a_kill(tmp_path: Path, repause: bool) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="queued")
    mark = tmp_path / "mark"
    plan = airflow.plan("2024-01-01", "2024-01-01", unpause=True, repause=repause)

    def carry_out(plan: BackfillPlan) -> Iterator[Progress]:
        return airflow.carry_out(plan, guard=PauseGuard(plan, airflow.api, mark))

    killed = carry_out(replace(plan, dag=replace(UNSCHEDULED, paused=True)))
    next(killed)
    del killed
    assert (airflow.dag_paused, mark.exists()) == (False, repause)
    again = carry_out(plan)  # its DAG is not paused now
    next(again)
    airflow.end_runs("success")
    *_, last = again
    assert last.counts.success == 1
    assert (airflow.dag_paused, mark.exists()) == (repause, False)


def test_marker_is_removed_without_repause(tmp_path: Path) -> None:
    airflow, mark = FakeAirflow(tmp_path, d2024_01_01="queued"), tmp_path / "mark"
    plan = airflow.plan("2024-01-01", "2024-01-01", replace(UNSCHEDULED, paused=True), unpause=True, repause=True)
    PauseGuard(plan, airflow.api, mark).unpause()
    assert mark.exists() and PauseGuard(plan, airflow.api, mark).repause_due
    other = replace(plan, request=replace(plan.request, repause=False))
    PauseGuard(other, airflow.api, mark).unpause()
    assert not mark.exists() and not PauseGuard(other, airflow.api, mark).repause_due


def test_marker_is_in_the_home(tmp_path: Path) -> None:
    assert marker(Home(tmp_path), "d") == tmp_path / "run" / "repause-d"
