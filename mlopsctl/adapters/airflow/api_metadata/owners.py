"""Which backfill a run belongs to, as far as the API shows it.

The metadata database has the number of Airflow's backfill in each run. The API does not: there, a run belongs to the
newest backfill that covers its date and that existed when the run was queued last.
"""

from collections.abc import Sequence

from mlopsctl.adapters.airflow.run_owner import OWN_RUN_ID
from mlopsctl.core.model import DagRun, NativeBackfill

BACKFILL_RUN = "backfill"  # the type of runs that Airflow's backfill has created or cleared


def native_backfill(run: DagRun, backfills: Sequence[NativeBackfill]) -> NativeBackfill | None:
    """The one of Airflow's that created or cleared the run last. `backfills`: of its DAG, the newest first."""
    if run.run_type != BACKFILL_RUN or run.logical_date is None:
        return None
    for backfill in backfills:
        existed = not (backfill.created and run.queued) or backfill.created <= run.queued
        if backfill.start <= run.logical_date <= backfill.end and existed:
            return backfill
    return None


def own_backfill(run: DagRun, backfills: Sequence[NativeBackfill]) -> str:
    """The one of engine `runs` that owns the run, or whose cancel ended it; empty: none.

    A note stays on a run that a backfill of Airflow's clears afterwards. One that is still open has the run: while it
    is, no other backfill of the DAG can start.
    """
    owner, native = run.owner or run.cancelled_by, native_backfill(run, backfills)
    if native is None:
        return owner
    created = OWN_RUN_ID.match(run.run_id)
    from_id_only = bool(created and created[1] == owner)
    return "" if native.active or from_id_only else owner


def is_unclearable(run: DagRun, backfills: Sequence[NativeBackfill]) -> bool:
    """Whether the run would stay queued if it were cleared, because its backfill was cancelled."""
    native = native_backfill(run, backfills)
    return native is not None and native.cancelled
