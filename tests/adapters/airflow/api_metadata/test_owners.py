"""Which backfill a run belongs to, by what the API shows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mlopsctl.adapters.airflow.api_metadata.owners import is_unclearable, native_backfill, own_backfill
from mlopsctl.core.model import DagRun, NativeBackfill
from mlopsctl.core.states import RunState

DAY = datetime(2024, 1, 5, tzinfo=UTC)
THEN = datetime(2026, 1, 1, tzinfo=UTC)
OLD = NativeBackfill(1, "d", DAY - timedelta(days=4), DAY + timedelta(days=4), active=False, created=THEN)
NEW = replace(OLD, id=2, start=DAY, created=THEN + timedelta(hours=1))
BOTH = (NEW, OLD)
RUN = DagRun("backfill__5", DAY, RunState.SUCCESS, "backfill", queued=THEN + timedelta(minutes=1))
LATER = THEN + timedelta(hours=2)


@pytest.mark.parametrize(
    ("run", "id_"),
    [
        (RUN, 1),  # the newer one did not exist yet
        (replace(RUN, queued=LATER), 2),
        (replace(RUN, queued=LATER, logical_date=DAY - timedelta(days=1)), 1),  # before the range of the newer
        (replace(RUN, queued=LATER, logical_date=DAY + timedelta(days=9)), None),
        (replace(RUN, queued=LATER, run_type="scheduled"), None),
        (replace(RUN, logical_date=None), None),
        (replace(RUN, queued=None), 2),
    ],
)
def test_newest_backfill_that_covers_the_date_and_existed_owns_the_run(run: DagRun, id_: int | None) -> None:
    found = native_backfill(run, BOTH)
    assert (found.id if found else None) == id_


@pytest.mark.parametrize(
    ("run", "backfills", "owner"),
    [
        (replace(RUN, run_type="manual", owner="a1b2c3"), BOTH, "a1b2c3"),
        (replace(RUN, run_type="manual", cancelled_by="a1b2c3"), BOTH, "a1b2c3"),
        (replace(RUN, owner="a1b2c3"), BOTH, "a1b2c3"),  # by its note
        (replace(RUN, owner="a1b2c3", run_id="mlopsctl__a1b2c3__2024-01-05"), BOTH, ""),  # taken over by Airflow's
        (replace(RUN, owner="a1b2c3"), (replace(OLD, active=True),), ""),
        (RUN, BOTH, ""),
    ],
)
def test_own_backfill_owns_the_run_unless_one_of_airflow_took_it(
    run: DagRun, backfills: tuple[NativeBackfill, ...], owner: str
) -> None:
    assert own_backfill(run, backfills) == owner


def test_runs_of_a_cancelled_backfill_cannot_be_cleared() -> None:
    assert is_unclearable(RUN, (replace(OLD, paused=True),))
    assert not is_unclearable(RUN, (OLD,))
