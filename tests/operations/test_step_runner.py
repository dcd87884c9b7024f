"""The order in which steps run, and what a failed step prevents."""

import errno
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from graphlib import CycleError

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations import step_runner


@dataclass
class FakeStep:
    name: str
    needs: Sequence[str] = ()
    act: Callable[[], object] = lambda: None
    done: bool = field(default=False)

    def todo(self) -> str:
        return "" if self.done else "todo"

    def do(self) -> Iterator[str]:
        yield "doing"
        self.act()
        self.done = True

    def detail(self) -> str:
        return "done"


def ended(steps: Sequence[FakeStep]) -> dict[str, Step]:
    return {s.name: s for s in step_runner.run(steps) if s.state != StepState.RUNNING}


def states(steps: Sequence[FakeStep]) -> dict[str, StepState]:
    return {name: step.state for name, step in ended(steps).items()}


def test_steps_run_after_those_that_they_need() -> None:
    order: list[str] = []
    needs: dict[str, tuple[str, ...]] = {"c": ("b",), "b": ("a",), "a": ("not part of the run",)}
    steps = [FakeStep(name, needs[name], partial(order.append, name)) for name in needs]
    assert set(states(steps).values()) == {StepState.CHANGED}
    assert order == ["a", "b", "c"]


def test_independent_steps_run_at_the_same_time() -> None:
    barrier = threading.Barrier(2, timeout=5)
    steps = [FakeStep(name, act=barrier.wait) for name in ("a", "b")]
    assert set(states(steps).values()) == {StepState.CHANGED}


def test_a_second_run_changes_nothing() -> None:
    steps = [FakeStep("a"), FakeStep("b", ("a",))]
    ended(steps)
    assert set(states(steps).values()) == {StepState.OK}
    assert step_runner.plan(steps).empty


def fail(error: Exception) -> None:
    raise error


def test_a_failure_skips_only_the_steps_that_need_it() -> None:
    error = MlopsctlError("no space.", hint="free some", code="disk-full")
    steps = ended(
        [FakeStep("a", act=partial(fail, error)), FakeStep("b", ("a",)), FakeStep("c", ("b",)), FakeStep("d")]
    )
    assert {name: step.state for name, step in steps.items()} == {
        "a": StepState.FAILED, "b": StepState.SKIPPED, "c": StepState.SKIPPED, "d": StepState.CHANGED,
    }  # fmt: skip
    assert steps["a"].error is error
    assert steps["b"].detail == "needs a"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_errors_of_the_operating_system_are_failures_with_a_hint(number: int) -> None:
    step = ended([FakeStep("a", act=partial(fail, OSError(number, "refused", "/home/x")))])["a"]
    assert step.error and step.error.code == "system"
    assert "/home/x" in step.error.message and step.error.hint


def test_an_unexpected_exception_of_a_step_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        ended([FakeStep("a", act=partial(fail, ZeroDivisionError()))])


def test_a_cycle_is_an_error() -> None:
    with pytest.raises(CycleError):
        ended([FakeStep("a", ("b",)), FakeStep("b", ("a",))])


def test_a_running_step_is_reported_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_runner, "HEARTBEAT", 0.001)
    continue_ = threading.Event()
    seen = 0
    for step in step_runner.run([FakeStep("a", act=lambda: continue_.wait(5))]):
        seen += step.detail == "doing"
        if seen == 3:
            continue_.set()
    assert seen >= 3
