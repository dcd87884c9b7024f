import pytest

from mlopsctl.operations.backfill.progress import FAST, SLOW, Progress, interval
from mlopsctl.operations.backfill.run_counts import Counts


@pytest.mark.parametrize(
    ("counts", "seconds", "eta", "pause"),
    [
        (Counts(waiting=9), 1.0, None, 0.5),  # nothing has ended yet
        (Counts(success=1, queued=9), 30.0, 90.0, SLOW),
        (Counts(success=8, queued=2), 30.0, 0.1, 3 * FAST),  # the queued ones are not the last
        (Counts(success=8, running=2), 30.0, 60.0, 0.3),  # a hundredth of the time so far
        (Counts(success=8, running=2), 3600.0, 600.0, SLOW),
        (Counts(success=8, running=2), 3.0, 5.0, FAST),
        (Counts(success=8, running=2), 60.0, 1.0, 0.2),  # what is left by the pace
    ],
)
def test_the_end_is_looked_for_more_often_the_nearer_it_is(
    counts: Counts, seconds: float, eta: float | None, pause: float
) -> None:
    assert interval(Progress(counts, seconds, eta)) == pytest.approx(pause)
