import pytest

from mlopsctl.operations.backfill.execution.progress import FAST, SLOW, SPAN, Rate, TaskEta, pause_before_look
from mlopsctl.operations.backfill.execution.run_counts import RunCounts
from mlopsctl.operations.backfill.execution.task_counts import TaskCounts
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
    assert pause_before_look(counts, seconds, eta) == pytest.approx(pause)


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


def test_task_eta_passes_between_two_counts() -> None:
    clock = FakeClock()
    eta = TaskEta(clock)
    eta.counted(TaskCounts(0, 100))
    assert eta.seconds is None
    clock.now = 10.0
    eta.counted(TaskCounts(50, 100))
    assert eta.seconds == 10.0
    clock.now = 16.0
    assert eta.seconds == 4.0
    clock.now = 21.0
    assert eta.seconds is None
