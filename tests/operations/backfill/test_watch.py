from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError, TimedOut
from mlopsctl.core.model import Backfill, DagDetails, DagRun
from mlopsctl.core.states import BackfillState
from mlopsctl.operations.backfill import watch
from mlopsctl.operations.backfill.progress import Progress
from mlopsctl.operations.backfill.run_counts import Counts
from tests.operations.backfill.existing import OURS, THEIRS, Standing
from tests.operations.fake_airflow import UNSCHEDULED, Scripted

DAYS = {"start": datetime(2024, 1, 1, tzinfo=UTC), "end": datetime(2024, 1, 3, tzinfo=UTC)}
DAY = "2024-01-0{}T00:00:00+00:00"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SETTLE", "PAUSE", "RECOUNT"):
        monkeypatch.setattr(watch, name, 0.0)
    monkeypatch.setattr("mlopsctl.operations.backfill.progress.FAST", 0.001)
    monkeypatch.setattr("mlopsctl.operations.backfill.progress.SLOW", 0.001)
    monkeypatch.setattr("mlopsctl.operations.backfill.watch.RECOUNT", 0.0)


def watching(
    scripted: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    backfill: Backfill = OURS,
    dag: DagDetails = UNSCHEDULED,
) -> watch.Watching:
    monkeypatch.setattr(scripted.api, "dag", lambda dag_id: dag)
    given = replace(backfill, start=DAYS["start"], end=DAYS["end"])
    standing = Standing(scripted, given)
    return watch.Watching(standing.metadata, scripted.api, standing.now())


def test_its_own_runs_are_the_plan_and_none_is_to_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="success", d2024_01_03="running")
    plan = watching(scripted, monkeypatch).plan
    assert [(str(run.date), run.action, run.state) for run in plan.runs] == [
        ("2024-01-01", "kept", "success"), ("2024-01-03", "kept", "running"),
    ]  # fmt: skip
    assert (plan.work, plan.waits, str(plan.start), str(plan.end)) == (0, True, "2024-01-01", "2024-01-03")


def test_it_ends_with_the_last_run_and_says_what_became_of_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="running", d2024_01_02="failed")
    seen: list[Progress] = []
    for step in watching(scripted, monkeypatch).steps(timeout=None):
        seen.append(step)
        scripted.all_are("success")
    assert seen[-1].backfill_id == "a1b2c3"
    assert [run.state for run in seen[-1].runs] == ["success", "success"]


def test_runs_that_are_made_meanwhile_are_watched_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="running")
    seen = watching(scripted, monkeypatch)
    totals = []
    for step in seen.steps(timeout=None):
        totals.append(step.counts.total)
        if len(totals) == 2:
            scripted.put(DAY.format(2), "queued", "mlopsctl__a1b2c3__2024-01-02")
        if totals[-1] == 2:
            scripted.all_are("success")
    assert set(totals) == {1, 2} and len(seen.plan.runs) == 2


def test_all_runs_are_read_by_the_reader_that_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="running")
    monkeypatch.setattr(scripted.api, "dag", lambda dag_id: UNSCHEDULED)
    read, api_reads = 0, scripted.api.runs

    def reader(dag_id: str, start: datetime, end: datetime) -> list[DagRun]:
        nonlocal read
        read += 1
        return api_reads(dag_id, start, end)

    def never(*words: object) -> list[DagRun]:
        raise AssertionError(words)

    monkeypatch.setattr(scripted.api, "runs", never)
    standing = Standing(scripted, replace(OURS, start=DAYS["start"], end=DAYS["end"]))
    seen = watch.Watching(standing.metadata, scripted.api, standing.now(), reader)
    for number, _ in enumerate(seen.steps(timeout=None)):
        if number == 1:
            scripted.put(DAY.format(2), "queued", "mlopsctl__a1b2c3__2024-01-02")
        if len(seen.plan.runs) == 2:
            scripted.all_are("success")
    assert [run.state for run in seen.plan.runs] == ["success", "success"] and read >= 3


def test_one_that_has_ended_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="success", d2024_01_02="failed")
    (step,) = watching(scripted, monkeypatch).steps(timeout=None)
    assert step.counts == Counts(success=1, failed=1) and len(step.runs) == 2


def test_one_whose_runs_airflow_is_still_making_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted(tmp_path)
    words = []
    for step in watching(scripted, monkeypatch, THEIRS).steps(timeout=None):
        words.append(step.message)
        if len(words) == 2:
            scripted.put(DAY.format(1), "success", "backfill__1")
    assert words == ["Airflow is making its runs", "Airflow is making its runs", ""]


def test_a_paused_one_says_so_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="queued")
    seen = watching(scripted, monkeypatch, replace(THEIRS, state=BackfillState.PAUSED))
    assert next(iter(seen.steps(timeout=None))).message == "it is paused; to go on: mlopsctl backfills resume 7"


def test_the_time_may_be_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="queued", d2024_01_02="success")
    with pytest.raises(TimedOut, match="1 of 2 runs of backfill a1b2c3 have not ended; they go on") as caught:
        list(watching(scripted, monkeypatch).steps(timeout=0.05))
    assert caught.value.hint.text() == "mlopsctl backfills watch a1b2c3"


def test_a_metadata_database_that_is_away_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="running")
    steps = []
    for step in watching(scripted, monkeypatch).steps(timeout=None):
        steps.append(step)
        scripted.all_are("success")
        scripted.dead = 1 if len(steps) == 1 else 0
    assert [run.state for run in steps[-1].runs] == ["success"]


def test_runs_by_partition_cannot_be_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted(tmp_path)
    scripted.put(DAY.format(1), "running", "r")["logical_date"] = None
    with pytest.raises(MlopsctlError) as caught:
        watching(scripted, monkeypatch, THEIRS)
    assert caught.value.code == "partitioned"
