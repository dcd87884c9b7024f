"""Stages side by side: what they need comes first, what fails holds back only its own."""

import errno
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.steps import Step
from mlopsctl.operations import step_runner


@dataclass
class Piece:
    name: str
    needs: Sequence[str] = ()
    what: str = "work"
    act: Callable[[], None] = lambda: None
    done: bool = field(default=False)

    def todo(self) -> str:
        return "" if self.done else self.what

    def do(self) -> Iterator[str]:
        yield "at it"
        self.act()
        self.done = True

    def detail(self) -> str:
        return "stands"


def ended(pieces: Sequence[Piece]) -> dict[str, Step]:
    return {s.name: s for s in step_runner.run(pieces) if s.state != "running"}


def test_a_stage_waits_for_what_it_needs() -> None:
    order: list[str] = []
    wanted: dict[str, tuple[str, ...]] = {"c": ("b",), "b": ("a",), "a": ()}
    pieces = [Piece(name, needs, act=partial(order.append, name)) for name, needs in wanted.items()]
    assert {s.state for s in ended(pieces).values()} == {"changed"}
    assert order == ["a", "b", "c"]


def test_stages_that_do_not_need_each_other_run_at_once() -> None:
    both = threading.Barrier(2, timeout=5)

    def meet() -> None:
        both.wait()

    pieces = [Piece("a", act=meet), Piece("b", act=meet)]
    assert {s.state for s in ended(pieces).values()} == {"changed"}


def test_said_again_nothing_is_done() -> None:
    pieces = [Piece("a"), Piece("b", ("a",))]
    ended(pieces)
    assert {s.state for s in ended(pieces).values()} == {"ok"}
    assert step_runner.plan(pieces).empty


def test_a_failure_holds_back_what_needs_it_and_nothing_else() -> None:
    def fail() -> None:
        raise MlopsctlError("no room.", hint="make room", code="disk-full")

    steps = ended([Piece("a", act=fail), Piece("b", ("a",)), Piece("c", ("b",)), Piece("d")])
    assert {n: s.state for n, s in steps.items()} == {"a": "failed", "b": "skipped", "c": "skipped", "d": "changed"}
    assert steps["a"].error is not None
    assert steps["a"].error.hint.text() == "make room"
    assert steps["b"].detail == "needs a"


@pytest.mark.parametrize(
    ("number", "remedy"),
    [(errno.ENOSPC, "free space"), (errno.EROFS, "--home DIR"), (errno.EACCES, "--home DIR")],
)
def test_what_the_system_refuses_is_a_sentence_with_a_remedy(number: int, remedy: str) -> None:
    def fail() -> None:
        raise OSError(number, "refused", "/home/x")

    step = ended([Piece("a", act=fail)])["a"]
    assert step.error is not None
    assert "/home/x" in step.error.message
    assert remedy in step.error.hint.text()


def test_a_bug_in_a_stage_reaches_the_funnel() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ended([Piece("a", act=fail)])
