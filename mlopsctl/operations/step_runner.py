"""Run steps that depend on each other: independent steps at the same time, with progress as they go."""

import queue
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from graphlib import TopologicalSorter
from typing import Protocol

from mlopsctl.core.errors import MlopsctlError, from_os
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step

HEARTBEAT = 0.25  # seconds after which running steps are reported again


class RunnableStep(Protocol):
    """One part of a larger operation. Idempotent: after it was killed, it can be run again."""

    @property
    def name(self) -> str: ...

    @property
    def needs(self) -> Sequence[str]:
        """The names of the steps that must have succeeded before. Names that are not part of the run are ignored."""

    def todo(self) -> str:
        """What is left to do, in a few words; empty if nothing is. Changes nothing."""

    def do(self) -> Iterator[str]:
        """Do it, and yield what is being done. Raises MlopsctlError."""

    def detail(self) -> str:
        """The outcome, in a few words. Raises MlopsctlError if the step did not have the intended effect."""


def plan(steps: Iterable[RunnableStep]) -> Plan:
    return Plan(tuple(PlannedStep(s.name, s.todo()) for s in steps))


def run(steps: Sequence[RunnableStep]) -> Iterator[Step]:
    """Run each step in a thread of its own, as soon as the steps that it needs have ended.

    Yields `running` steps as progress, and one final step each; `skipped` if a step that it needs failed. Raises what a
    step raises that is not an MlopsctlError.
    """
    return _Run(steps).steps()


class _Run:
    def __init__(self, steps: Sequence[RunnableStep]) -> None:
        self.by_name = {step.name: step for step in steps}
        self.needs = {step.name: [need for need in step.needs if need in self.by_name] for step in steps}
        self.events: queue.Queue[Step | Exception] = queue.Queue()
        self.began: dict[str, float] = {}
        self.running: dict[str, Step] = {}
        self.unmet: set[str] = set()  # failed or skipped

    def steps(self) -> Iterator[Step]:
        order = TopologicalSorter(self.needs)
        order.prepare()
        while order.is_active():
            for name in order.get_ready():
                if failed := next((need for need in self.needs[name] if need in self.unmet), None):
                    self.unmet.add(name)
                    order.done(name)
                    yield Step(name, StepState.SKIPPED, f"needs {failed}")
                else:
                    self._start(name)
            for step in self._reported() if self.running else ():
                if step.state != StepState.RUNNING:
                    self._end(step)
                    order.done(step.name)
                yield step

    def _start(self, name: str) -> None:
        self.began[name] = time.monotonic()
        self.running[name] = Step(name, StepState.RUNNING)
        # Daemon threads: an executor would keep the process alive after Ctrl-C until each step has ended.
        threading.Thread(target=_execute, args=(self.by_name[name], self.events), daemon=True).start()

    def _end(self, step: Step) -> None:
        del self.running[step.name]
        if step.state == StepState.FAILED:
            self.unmet.add(step.name)

    def _reported(self) -> list[Step]:
        """The next report of a step; after HEARTBEAT seconds without any, all running steps."""
        try:
            event = self.events.get(timeout=HEARTBEAT)
        except queue.Empty:
            now = time.monotonic()
            return [Step(s.name, s.state, s.detail, now - self.began[s.name]) for s in self.running.values()]
        if isinstance(event, Exception):
            raise event
        if event.state == StepState.RUNNING:
            self.running[event.name] = event
        return [event]


def _execute(step: RunnableStep, events: "queue.Queue[Step | Exception]") -> None:
    start = time.monotonic()

    def report(state: StepState, detail: str, error: MlopsctlError | None = None) -> None:
        events.put(Step(step.name, state, detail, time.monotonic() - start, error))

    try:
        todo = step.todo()
        if todo:
            report(StepState.RUNNING, todo)
            for progress in step.do():
                report(StepState.RUNNING, progress)
        report(StepState.CHANGED if todo else StepState.OK, step.detail())
    except Exception as e:  # noqa: BLE001  # raised again in the thread that reads the events
        error = e if isinstance(e, MlopsctlError) else from_os(e)
        if error:
            report(StepState.FAILED, error.message, error)
        else:
            events.put(e)
