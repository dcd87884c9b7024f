"""States and counts of backfills, from their runs."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mlopsctl.adapters.airflow.api_metadata.summary import from_native, from_own
from mlopsctl.core.model import DagDetails, DagRun, NativeBackfill
from mlopsctl.core.states import BackfillState, RunState

DAY = datetime(2024, 1, 5, tzinfo=UTC)
DAG = DagDetails("d", "@daily", "Asia/Seoul", False, True, "/d.py")
OPEN = NativeBackfill(7, "d", DAY, DAY, active=True, created=DAY)
CLOSED = replace(OPEN, active=False)


def runs(*states: str, **fields: str) -> list[DagRun]:
    return [DagRun("r", DAY, RunState(state), "backfill", queued=DAY, **fields) for state in states]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "dag", "found", "state"),
    [
        (OPEN, DAG, runs(), BackfillState.RUNNING),
        (OPEN, DAG, runs("queued", "success"), BackfillState.RUNNING),
        (OPEN, DAG, runs("success", "failed"), BackfillState.ENDING),
        (replace(OPEN, paused=True), DAG, runs("queued"), BackfillState.PAUSED),
        (OPEN, replace(DAG, paused=True), runs("queued"), BackfillState.PAUSED),
        (CLOSED, DAG, runs("success", "failed"), BackfillState.DONE),
        (replace(CLOSED, paused=True), DAG, runs("success", "failed"), BackfillState.CANCELLED),
        (replace(CLOSED, paused=True), DAG, runs(), BackfillState.CANCELLED),
        (replace(CLOSED, paused=True), DAG, runs("success"), BackfillState.DONE),
    ],
)
def test_state_of_a_native_backfill(
    record: NativeBackfill, dag: DagDetails, found: list[DagRun], state: BackfillState
) -> None:
    assert from_native(record, dag, found).state == state


def test_queued_runs_of_a_cancelled_backfill_are_orphaned() -> None:
    found = from_native(replace(CLOSED, paused=True), DAG, runs("queued", "failed"))
    assert (found.orphaned, found.queued, found.failed, found.timezone) == (1, 1, 1, "Asia/Seoul")


@pytest.mark.parametrize(
    ("dag", "found", "state"),
    [
        (DAG, runs("running", "success"), BackfillState.RUNNING),
        (replace(DAG, paused=True), runs("queued"), BackfillState.PAUSED),
        (DAG, runs("success", "failed"), BackfillState.DONE),
        (DAG, runs("success", "failed", cancelled_by="a1b2c3"), BackfillState.CANCELLED),
    ],
)
def test_state_of_a_backfill_of_mlopsctl(dag: DagDetails, found: list[DagRun], state: BackfillState) -> None:
    assert from_own("a1b2c3", dag, found, ()).state == state
