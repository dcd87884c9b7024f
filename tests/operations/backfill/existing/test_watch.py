from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.core.errors import MlopsctlError, TimedOut
from mlopsctl.core.model import Backfill, DagDetails, DagRun
from mlopsctl.core.states import BackfillState
from mlopsctl.operations.backfill.execution.run_counts import RunCounts
from mlopsctl.operations.backfill.existing.watch import BackfillWatch
from tests.operations.backfill.fake_metadata import NATIVE, PER_RUN, FakeMetadata
from tests.operations.fake_airflow import UNSCHEDULED, FakeAirflow

DAYS: dict[str, Any] = {"start": datetime(2024, 1, 1, tzinfo=UTC), "end": datetime(2024, 1, 3, tzinfo=UTC)}
DAY = "2024-01-0{}T00:00:00+00:00"


def watch(
    airflow: FakeAirflow,
    monkeypatch: pytest.MonkeyPatch,
    backfill: Backfill = PER_RUN,
    dag: DagDetails = UNSCHEDULED,
    **options: Any,
) -> BackfillWatch:
    monkeypatch.setattr(airflow.api, "dag", lambda dag_id: dag)
    found = FakeMetadata(airflow, replace(backfill, **DAYS))
    return BackfillWatch(found.metadata, airflow.api, found.backfill, clock=airflow.clock, **options)


def test_plan_has_its_own_runs_and_starts_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success", d2024_01_03="running")
    plan = watch(airflow, monkeypatch).plan
    assert [(str(run.date), run.action, run.state) for run in plan.runs] == [
        ("2024-01-01", "kept", "success"), ("2024-01-03", "kept", "running"),
    ]  # fmt: skip
    assert (plan.changed, plan.has_pending, str(plan.start), str(plan.end)) == ((), True, "2024-01-01", "2024-01-03")


def test_watch_ends_with_the_last_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="running", d2024_01_02="failed")
    seen = []
    for step in watch(airflow, monkeypatch).steps(timeout=None):
        seen.append(step)
        airflow.end_runs("success")
    assert seen[-1].backfill_id == "a1b2c3"
    assert [run.state for run in seen[-1].runs] == ["success", "failed"]


def test_runs_that_are_created_meanwhile_are_watched_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="running")
    watching = watch(airflow, monkeypatch)
    totals = []
    for step in watching.steps(timeout=None):
        totals.append(step.counts.total)
        if len(totals) == 2:
            airflow.add_run(DAY.format(2), "queued", "mlopsctl__a1b2c3__2024-01-02")
        if totals[-1] == 2:
            airflow.end_runs("success")
    assert set(totals) == {1, 2} and len(watching.plan.runs) == 2


def test_run_that_is_created_after_the_last_has_ended_is_watched_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by an mlopsctl that creates each run when another one has ended."""
    airflow = FakeAirflow(tmp_path, d2024_01_01="running")
    steps = watch(airflow, monkeypatch).steps(timeout=None)
    next(steps)
    airflow.end_runs("success")
    airflow.clock.after(2.0, airflow.add_run, DAY.format(2), "queued", "mlopsctl__a1b2c3__2024-01-02")
    assert next(steps).counts.total == 2
    airflow.end_runs("success")
    *_, last = steps
    assert last.counts == RunCounts(success=2)


def test_all_runs_are_read_by_the_given_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="running")
    reads, api_runs = 0, airflow.api.runs

    def reader(dag_id: str, start: datetime, end: datetime) -> list[DagRun]:
        nonlocal reads
        reads += 1
        return api_runs(dag_id, start, end)

    def never(*arguments: object) -> list[DagRun]:
        raise AssertionError(arguments)

    monkeypatch.setattr(airflow.api, "runs", never)
    watching = watch(airflow, monkeypatch, reader=reader)
    for _ in watching.steps(timeout=None):
        airflow.end_runs("success")
    assert [run.state for run in watching.plan.runs] == ["success"] and reads >= 2


def test_ended_backfill_is_reported_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success", d2024_01_02="failed")
    (step,) = watch(airflow, monkeypatch).steps(timeout=None)
    assert step.counts == RunCounts(success=1, failed=1) and len(step.runs) == 2


def test_backfill_without_runs_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = FakeAirflow(tmp_path)
    messages = []
    for step in watch(airflow, monkeypatch, NATIVE).steps(timeout=None):
        messages.append(step.message.text if step.message else "")
        if len(messages) == 2:
            airflow.add_run(DAY.format(1), "success", "backfill__1")
    assert messages[:2] == ["Airflow is still creating its runs"] * 2 and messages[-1] == ""


def test_paused_backfill_is_shown_with_the_resume_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="queued")
    watching = watch(airflow, monkeypatch, replace(NATIVE, state=BackfillState.PAUSED))
    message = next(iter(watching.steps(timeout=None))).message
    assert message and (message.text, message.hint.text()) == (
        "backfill 7 is paused", "mlopsctl backfills resume 7",
    )  # fmt: skip


def test_timeout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="queued", d2024_01_02="success")
    with pytest.raises(TimedOut, match="1 of 2 runs of backfill a1b2c3 have not ended; they continue") as caught:
        list(watch(airflow, monkeypatch).steps(timeout=5))
    assert caught.value.hint.text() == "mlopsctl backfills watch a1b2c3"


def test_unavailable_server_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="running")
    steps = watch(airflow, monkeypatch).steps(timeout=None)
    next(steps)
    airflow.end_runs("success")
    airflow.fail_next = 10
    seen = list(steps)
    assert seen[0].message and "Connection refused" in seen[0].message.text
    assert [run.state for run in seen[-1].runs] == ["success"]


def test_partitioned_runs_cannot_be_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = FakeAirflow(tmp_path)
    airflow.add_run(DAY.format(1), "running", "r")["logical_date"] = None
    with pytest.raises(MlopsctlError) as caught:
        watch(airflow, monkeypatch, NATIVE)
    assert caught.value.code == "partitioned"
