import pytest

from mlopsctl.operations.backfill.progress import FAST, SLOW, SPAN, Progress, Rate
from mlopsctl.operations.backfill.run_counts import RunCounts
from tests.fake_clock import FakeClock


@pytest.mark.parametrize(
    ("counts", "seconds", "eta", "pause"),
    [
        (RunCounts(waiting=9), 1.0, None, 0.5),  # nothing has ended yet
        (RunCounts(success=1, queued=9), 30.0, 90.0, SLOW),
        (RunCounts(success=8, queued=2), 30.0, 0.1, 3 * FAST),  # the queued ones are not the last
        (RunCounts(success=8, running=2), 30.0, 60.0, 0.3),  # a hundredth of the time so far
        (RunCounts(success=8, running=2), 3600.0, 600.0, SLOW),
        (RunCounts(success=8, running=2), 3.0, 5.0, FAST),
        (RunCounts(success=8, running=2), 60.0, 1.0, 0.2),  # what is left by the rate
    ],
)
def test_looks_become_more_frequent_towards_the_end(
    counts: RunCounts, seconds: float, eta: float | None, pause: float
) -> None:
    assert Progress(counts, seconds, eta).look_again_in == pytest.approx(pause)


def test_rate_is_measured_over_the_last_minute() -> None:
    clock = FakeClock()
    rate = Rate(clock)
    assert rate.measure(0) is None
    clock.now = 10.0
    assert rate.measure(10) == 1.0
    clock.now = 10.0 + SPAN
    assert rate.measure(20) == pytest.approx(10 / SPAN)  # a sixth of it since then


def test_rate_starts_again_when_runs_are_cleared() -> None:
    clock = FakeClock()
    rate = Rate(clock)
    rate.measure(50)
    clock.now = 1.0
    assert rate.measure(40) is None
    clock.now = 2.0
    assert rate.measure(42) == 2.0
