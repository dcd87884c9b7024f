"""A plan, and the steps that carry it out."""

from dataclasses import dataclass

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.result import Message
from mlopsctl.core.states import StepState


@dataclass(frozen=True)
class Step:
    """One step that was done, or (`running`) is being done. `seconds`: wall time."""

    name: str
    state: StepState
    detail: str = ""
    seconds: float = 0.0
    error: MlopsctlError | None = None


@dataclass(frozen=True)
class PlannedStep:
    """One step that a run would take; `what` is empty if nothing is left to do."""

    name: str
    what: str


@dataclass(frozen=True)
class Plan:
    """What a changing operation will do. `asks`: the question to ask before it destroys something. `notes`: what the
    user should know; a str is a sentence."""

    steps: tuple[PlannedStep, ...]
    asks: str = ""
    notes: tuple[Message | str, ...] = ()

    @property
    def empty(self) -> bool:
        return not any(step.what for step in self.steps)
