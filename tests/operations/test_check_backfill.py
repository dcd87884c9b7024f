from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mlopsctl.model import DagDetails
from mlopsctl.operations import check_backfill
from tests.operations.scripted import UNSCHEDULED


def test_a_paused_dag_needs_to_be_unpaused() -> None:
    paused = replace(UNSCHEDULED, paused=True)
    error = check_backfill.paused(paused, unpause=False)
    assert error and (error.code, error.hint) == ("paused", "say it again with --unpause")
    assert error.message == "d is paused: its runs would stay queued."
    assert check_backfill.paused(paused, unpause=True) is None
    assert check_backfill.paused(UNSCHEDULED, unpause=False) is None


SEOUL_JUNE = replace(
    UNSCHEDULED, start=datetime(2023, 5, 31, 15, tzinfo=UTC), end=datetime(2023, 6, 30, 14, 59, tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("dag", "day", "hint"),
    [
        (SEOUL_JUNE, datetime(2023, 5, 31, tzinfo=UTC), "narrow the range with --from 2023-06-01"),
        (SEOUL_JUNE, datetime(2023, 7, 1, tzinfo=UTC), "narrow the range with --to 2023-06-30"),
        (
            replace(UNSCHEDULED, start=datetime(2023, 6, 1, 3, tzinfo=UTC)),
            datetime(2023, 6, 1, tzinfo=UTC),
            "narrow the range with --from 2023-06-02",
        ),
    ],
)
def test_a_run_outside_of_the_dags_dates_would_do_nothing(dag: DagDetails, day: datetime, hint: str) -> None:
    error = check_backfill.outside(dag, [day])
    assert error and error.code == "outside" and error.hint.startswith(hint)
    assert "in 1 of these runs no task would run, and Airflow would call them a success" in error.message


def test_runs_inside_of_the_dags_dates_are_fine() -> None:
    assert check_backfill.outside(SEOUL_JUNE, [datetime(2023, 6, n, tzinfo=UTC) for n in range(1, 31)]) is None
    assert check_backfill.outside(replace(SEOUL_JUNE, start=None, end=None), [datetime(1999, 1, 1, tzinfo=UTC)]) is None
