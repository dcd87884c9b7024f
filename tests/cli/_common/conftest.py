from collections.abc import Callable
from typing import Any

import pytest

from mlopsctl.cli._common import wait_notice


class ManualTimer:
    """Replaces threading.Timer: it expires when a test says so."""

    def __init__(self, started: "list[ManualTimer]", function: Callable[..., None], args: tuple[Any, ...]) -> None:
        self._started = started
        self._function, self._args = function, args
        self.cancelled = False

    def start(self) -> None:
        self._started.append(self)

    def cancel(self) -> None:
        self.cancelled = True

    def expire(self) -> None:
        if not self.cancelled:
            self._function(*self._args)


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> list[ManualTimer]:
    """The timers that wait notices have started."""
    started: list[ManualTimer] = []

    def timer(_seconds: float, function: Callable[..., None], args: tuple[Any, ...]) -> ManualTimer:
        return ManualTimer(started, function, args)

    monkeypatch.setattr(wait_notice, "Timer", timer)
    return started
