"""A plan, and the steps that carry it out."""

from dataclasses import dataclass

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.result import Message
from mlopsctl.core.states import StepState


@dataclass(frozen=True)
class Step:
    """One step, finished or (`RUNNING`) in progress. `seconds`: wall time."""

    name: str
    state: StepState
    detail: str = ""
    seconds: float = 0.0
    error: MlopsctlError | None = None


@dataclass(frozen=True)
class PlannedStep:
    """One step of a plan. `what`: what it will do; empty if there is nothing to do."""

    name: str
    what: str


@dataclass(frozen=True)
class Plan:
    """What an operation will do. `asks`: the question to confirm before data is destroyed. `notes`: for the user."""

    steps: tuple[PlannedStep, ...]
    asks: str = ""
    notes: tuple[Message | str, ...] = ()

    @property
    def empty(self) -> bool:
        return not any(step.what for step in self.steps)
