from mlopsctl.operations.backfill.pace import SPAN, Pace
from mlopsctl.operations.backfill.run_counts import Counts


def test_what_is_left_is_told_from_the_last_minute() -> None:
    pace = Pace()
    assert pace.measure(Counts(waiting=100), 0.0) == (None, None)
    assert pace.measure(Counts(success=10, waiting=90), 10.0) == (90.0, 60.0)
    assert pace.measure(Counts(success=20, waiting=80), 10.0 + SPAN) == (480.0, 10.0)  # six times as slow since


def test_runs_that_are_cleared_are_done_no_more() -> None:
    pace = Pace()
    pace.measure(Counts(success=50, waiting=50), 0.0)
    assert pace.measure(Counts(success=40, waiting=60), 1.0) == (None, None)
    assert pace.measure(Counts(success=41, failed=1, waiting=58), 2.0) == (29.0, 120.0)
