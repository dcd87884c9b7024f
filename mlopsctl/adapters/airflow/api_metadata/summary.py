"""Backfills with their states and counts, from the runs that belong to them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from mlopsctl.adapters.airflow.api_metadata.owners import is_unclearable
from mlopsctl.core.model import Backfill, DagDetails, DagRun, NativeBackfill
from mlopsctl.core.states import BackfillState, EngineName, RunState


def from_native(record: NativeBackfill, dag: DagDetails, runs: Sequence[DagRun]) -> Backfill:
    """One of Airflow's own. `runs`: those that belong to it."""
    counts = Counter(run.state for run in runs)
    ended, waiting = counts[RunState.SUCCESS] + counts[RunState.FAILED], counts[RunState.RUNNING]
    unfinished = waiting + counts[RunState.QUEUED]
    if record.active and ended and not unfinished:
        state = BackfillState.ENDING
    elif record.active:
        state = BackfillState.PAUSED if record.paused or dag.paused else BackfillState.RUNNING
    else:
        cancelled = record.paused and counts[RunState.SUCCESS] < max(len(runs), 1)
        state = BackfillState.CANCELLED if cancelled else BackfillState.DONE
    return Backfill(
        id=record.id,
        dag_id=record.dag_id,
        timezone=dag.timezone or "UTC",
        engine=EngineName.NATIVE,
        state=state,
        start=record.start,
        end=record.end,
        began=record.created or record.start,
        record_paused=record.paused,
        dag_paused=dag.paused,
        success=counts[RunState.SUCCESS],
        failed=counts[RunState.FAILED],
        running=counts[RunState.RUNNING],
        queued=counts[RunState.QUEUED],
        orphaned=counts[RunState.QUEUED] if record.cancelled else 0,
    )


def from_own(owner: str, dag: DagDetails, runs: Sequence[DagRun], backfills: Sequence[NativeBackfill]) -> Backfill:
    """One of engine `runs`. `runs`: those that belong to it, with their dates. `backfills`: Airflow's, of its DAG."""
    counts = Counter(run.state for run in runs)
    orphaned = sum(run.state == RunState.QUEUED and is_unclearable(run, backfills) for run in runs)
    instants = [run.logical_date for run in runs if run.logical_date]
    active = counts[RunState.RUNNING] + counts[RunState.QUEUED] > orphaned
    if active:
        state = BackfillState.PAUSED if dag.paused else BackfillState.RUNNING
    else:
        cancelled = any(run.cancelled_by == owner for run in runs)
        state = BackfillState.CANCELLED if cancelled else BackfillState.DONE
    return Backfill(
        id=owner,
        dag_id=dag.dag_id,
        timezone=dag.timezone or "UTC",
        engine=EngineName.PER_RUN,
        state=state,
        start=min(instants),
        end=max(instants),
        began=_began(runs, min(instants)),
        dag_paused=dag.paused,
        success=counts[RunState.SUCCESS],
        failed=counts[RunState.FAILED],
        running=counts[RunState.RUNNING],
        queued=counts[RunState.QUEUED],
        orphaned=orphaned,
    )


def _began(runs: Sequence[DagRun], default: datetime) -> datetime:
    return min((run.queued for run in runs if run.queued), default=default)
