"""Stages that need each other in part: what can run side by side does, and each is told as it goes."""

import queue
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from mlopsctl.core.errors import MlopsctlError, from_os
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step

TICK = 0.25  # seconds between two signs of life


class Stage(Protocol):
    """One idempotent, resumable piece of a bigger operation."""

    @property
    def name(self) -> str: ...

    @property
    def needs(self) -> Sequence[str]:
        """Names of the stages that must have ended well before."""

    def todo(self) -> str:
        """What is left to do, in a few words; empty: nothing. Only looks."""

    def do(self) -> Iterator[str]:
        """Do it, yielding what is being done. Raises MlopsctlError."""

    def detail(self) -> str:
        """How it stands afterwards, in a few words. Raises MlopsctlError where that is not well."""


def plan(stages: Iterable[Stage]) -> Plan:
    return Plan(tuple(PlannedStep(s.name, s.todo()) for s in stages))


def run(stages: Sequence[Stage]) -> Iterator[Step]:
    """Carry out the stages, each in a thread of its own as soon as what it needs is done.

    Yields `running` steps as signs of life and one last step per stage. A stage whose needs failed is `skipped`.
    An exception that we did not foresee is raised here.
    """
    events: queue.Queue[Step | Exception] = queue.Queue()
    names = {s.name for s in stages}
    waiting = {s.name: s for s in stages}
    ended: dict[str, Step] = {}
    running: dict[str, Step] = {}
    began: dict[str, float] = {}
    while len(ended) < len(stages):
        for stage in list(waiting.values()):
            needs = [n for n in stage.needs if n in names]
            if lame := next((n for n in needs if n in ended and ended[n].state in ("failed", "skipped")), None):
                waiting.pop(stage.name)
                ended[stage.name] = Step(stage.name, StepState.SKIPPED, f"needs {lame}")
                yield ended[stage.name]
            elif all(n in ended for n in needs):
                waiting.pop(stage.name)
                began[stage.name] = time.monotonic()
                running[stage.name] = Step(stage.name, StepState.RUNNING)
                threading.Thread(target=_work, args=(stage, events), daemon=True).start()
        if not running:
            continue
        for step in _next(events, running, began):
            if step.state == "running":
                running[step.name] = step
            else:
                running.pop(step.name)
                ended[step.name] = step
            yield step


def _next(events: "queue.Queue[Step | Exception]", running: dict[str, Step], began: dict[str, float]) -> Iterator[Step]:
    try:
        event = events.get(timeout=TICK)
    except queue.Empty:
        now = time.monotonic()
        yield from [Step(s.name, StepState.RUNNING, s.detail, now - began[s.name]) for s in running.values()]
        return
    if isinstance(event, Exception):
        raise event
    yield event


def _work(stage: Stage, events: "queue.Queue[Step | Exception]") -> None:
    start = time.monotonic()
    try:
        what = stage.todo()
        if what:
            events.put(Step(stage.name, StepState.RUNNING, what))
            for saying in stage.do():
                events.put(Step(stage.name, StepState.RUNNING, saying, time.monotonic() - start))
        state = "changed" if what else "ok"
        events.put(Step(stage.name, state, stage.detail(), time.monotonic() - start))  # type: ignore[arg-type]
    except MlopsctlError as e:
        events.put(Step(stage.name, StepState.FAILED, e.message, time.monotonic() - start, e))
    except Exception as e:  # noqa: BLE001  # a thread's traceback must reach the funnel
        error = from_os(e)
        events.put(Step(stage.name, StepState.FAILED, error.message, time.monotonic() - start, error) if error else e)
