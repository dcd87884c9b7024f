"""What an operation returns: data, messages, errors and a status. cli renders it as a screen or as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import NO_HINT, Hint
from mlopsctl.core.states import Status


class Level(StrEnum):
    """How important a message is."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True)
class Message:
    """A sentence for the user, on stderr, never part of the JSON. `hint`: what to do about it."""

    text: str
    level: Level = Level.INFO
    hint: Hint = NO_HINT

    @classmethod
    def warning(cls, text: str, hint: Hint = NO_HINT) -> "Message":
        return cls(text, Level.WARNING, hint)


@dataclass(frozen=True)
class Result:
    """`data`: the keys that the contract defines for the command. `errors`: why it failed, in whole or in part.
    `shown_errors`: those that the view shows among the data, so that only the JSON repeats them."""

    data: Mapping[str, Any] = field(default_factory=dict)
    status: Status = Status.OK
    messages: tuple[Message, ...] = ()
    errors: tuple[MlopsctlError, ...] = ()
    shown_errors: tuple[MlopsctlError, ...] = ()

    @property
    def all_errors(self) -> tuple[MlopsctlError, ...]:
        return (*self.shown_errors, *self.errors)

    @property
    def exit_code(self) -> int:
        """0 for a success and for a plan; else the largest exit code of the errors, 1 without any."""
        if self.status in (Status.OK, Status.PLANNED):
            return 0
        return max((error.exit_code for error in self.all_errors), default=1)
