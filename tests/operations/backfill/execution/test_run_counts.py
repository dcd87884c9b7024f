from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.core.errors import Unavailable
from mlopsctl.core.states import RunState
from mlopsctl.operations.backfill.execution.run_counts import PAGE, RunCounter, RunCounts
from tests.operations.fake_airflow import FakeAirflow

START = date(2024, 1, 1)


def add_days(airflow: FakeAirflow, number: int, state: str) -> None:
    for n in range(number):
        airflow.add_run(f"{START + timedelta(days=n)}T00:00:00+00:00", state, f"r{n}")


def counter(airflow: FakeAirflow, number: int, **request: Any) -> RunCounter:
    plan = airflow.plan(str(START), str(START + timedelta(days=number - 1)), **request)
    return RunCounter(plan, airflow.api, airflow.clock)


def test_look_counts_runs_by_state(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success", d2024_01_02="failed", d2024_01_03="running")
    runs = counter(airflow, 5)
    airflow.add_run("2024-01-04T00:00:00+00:00", "queued", "r4")
    assert runs.look() == RunCounts(success=1, failed=1, running=1, queued=1, waiting=1)
    assert not runs.idle
    airflow.end_runs("success")
    assert runs.look() == RunCounts(success=3, failed=1, waiting=1)
    assert runs.idle


def test_look_is_one_request_if_a_page_holds_the_range(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    add_days(airflow, PAGE, "running")
    runs = counter(airflow, PAGE)
    for state in ("running", "success"):
        airflow.end_runs(state)
        airflow.requests.clear()
        assert getattr(runs.look(), state) == PAGE and airflow.requests.total() == 1
    assert runs.idle


@pytest.mark.parametrize("number", [10, 101, 1000])
def test_cost_of_a_look_does_not_grow_with_the_range(tmp_path: Path, number: int) -> None:
    airflow = FakeAirflow(tmp_path)
    add_days(airflow, number, "running")
    runs = counter(airflow, number)
    runs.look()
    airflow.requests.clear()
    runs.look()
    assert airflow.requests.total() <= 2


def test_many_runs_are_counted_to_the_end(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    add_days(airflow, 150, "queued")
    runs = counter(airflow, 150)
    assert runs.look() == RunCounts(queued=150)
    for n, run in enumerate(list(airflow.runs.values())):
        run["state"] = "success" if n < 140 else "failed"
    assert runs.look() == RunCounts(success=140, failed=10) and runs.idle


def test_new_runs_of_other_dates_are_not_counted(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="running", d2024_01_02="success")
    runs = counter(airflow, 3)
    for minute in range(PAGE):
        airflow.add_run(f"2024-01-02T{minute // 60:02}:{minute % 60:02}:30+00:00", "running", f"other{minute}")
    assert runs.look().running == 1 and not runs.idle


def test_runs_of_other_dates_do_not_delay_the_end(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="running")
    for hour in range(30):
        airflow.add_run(f"2024-01-0{1 + hour // 24}T{hour % 24:02}:30:00+00:00", "running", f"other{hour}")
    runs = counter(airflow, 2)
    assert runs.look().running == 1 and not runs.idle
    airflow.add_run("2024-01-01T00:00:00+00:00", "success", "own")
    assert runs.look() == RunCounts(success=1, waiting=1)
    assert runs.idle


def test_unavailable_server_changes_no_count(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="running")
    runs = counter(airflow, 1)
    seen = runs.look()
    airflow.fail_next = 99
    with pytest.raises(Unavailable):
        runs.look()
    assert runs.counts == seen


def test_dates_without_a_run_that_get_none_are_not_counted(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success", d2024_01_02="failed")
    runs = counter(airflow, 5, only="failed")
    assert runs.counts == runs.look() == RunCounts(success=1, failed=1)
    airflow.add_run("2024-01-05T00:00:00+00:00", "running", "manual__x")
    assert runs.look() == RunCounts(success=1, failed=1, running=1)


def test_runs_that_will_run_again_are_not_done() -> None:
    outdated = Counter({RunState.FAILED: 2, RunState.SUCCESS: 1})
    assert RunCounts(success=3, failed=2, running=1).without(outdated) == RunCounts(success=2, running=1, waiting=3)
    assert RunCounts(success=1) + RunCounts(success=1, queued=2) == RunCounts(success=2, queued=2)
