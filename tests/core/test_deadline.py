import pytest

from mlopsctl.core.deadline import SYSTEM_CLOCK, Deadline, Every, poll, retry
from mlopsctl.core.errors import MlopsctlError, Unavailable
from tests.fake_clock import FakeClock


def test_deadline_expires_and_can_be_renewed() -> None:
    clock = FakeClock(100.0)
    deadline = Deadline(5, clock)
    assert not deadline.expired
    clock.now = 105.0
    assert (deadline.expired, deadline.waited, deadline.left) == (False, 5.0, 0.0)
    clock.now = 105.5
    assert (deadline.expired, deadline.waited, deadline.left) == (True, 5.5, 0.0)
    deadline.renew()
    assert (deadline.expired, deadline.waited, deadline.left) == (False, 0.0, 5.0)


def test_deadline_without_a_limit_never_expires() -> None:
    clock = FakeClock()
    deadline = Deadline(None, clock)
    clock.now = 1e9
    assert (deadline.expired, deadline.left) == (False, float("inf"))


def test_every_is_due_at_once_and_then_after_each_interval() -> None:
    clock = FakeClock()
    every = Every(5.0, clock)
    assert every.due() and not every.due()
    clock.now = 4.9
    assert not every.due()
    clock.now = 5.0
    assert every.due() and not every.due()


def test_poll_returns_the_first_true_result() -> None:
    clock, results = FakeClock(), iter([0, "", "found", "never"])
    assert poll(lambda: next(results), every=2, give_up_after=60, clock=clock) == "found"
    assert clock.slept == [2, 2]


def test_poll_returns_none_after_a_last_call_at_the_deadline() -> None:
    clock, calls = FakeClock(), list[float]()

    def never() -> bool:
        calls.append(clock.now)
        return False

    assert poll(never, every=2, give_up_after=5, clock=clock) is None
    assert calls == pytest.approx([0, 2, 4, 5], abs=0.01)


def test_poll_calls_at_least_once() -> None:
    assert poll(lambda: "found", every=1, give_up_after=0, clock=FakeClock()) == "found"


def test_poll_goes_on_while_the_server_is_unavailable() -> None:
    clock, errors = FakeClock(), [Unavailable("first"), Unavailable("second")]

    def starting() -> str:
        if errors:
            raise errors.pop(0)
        return "up"

    assert poll(starting, every=1, give_up_after=None, clock=clock) == "up"
    assert clock.slept == [1, 1]


def test_poll_raises_the_last_unavailable_at_the_deadline() -> None:
    clock = FakeClock()

    def down() -> bool:
        raise Unavailable(f"down at {clock.now:.0f}")

    with pytest.raises(Unavailable, match="down at 3"):
        poll(down, every=1, give_up_after=3, clock=clock)


def test_poll_raises_other_errors_at_once() -> None:
    clock = FakeClock()

    def broken() -> bool:
        raise MlopsctlError("broken")

    with pytest.raises(MlopsctlError, match="broken"):
        poll(broken, every=1, give_up_after=3, clock=clock)
    assert clock.slept == []


def test_retry_returns_any_result_even_a_false_one() -> None:
    clock, errors = FakeClock(), [Unavailable("starting")]

    def read() -> list[int]:
        if errors:
            raise errors.pop()
        return []

    assert retry(read, every=0.2, give_up_after=1, clock=clock) == []
    assert clock.slept == [0.2]


def test_system_clock_moves() -> None:
    before = SYSTEM_CLOCK.monotonic()
    SYSTEM_CLOCK.sleep(0.01)
    assert SYSTEM_CLOCK.monotonic() >= before + 0.01
