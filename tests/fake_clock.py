"""A clock for code that waits: `sleep` returns at once."""

from collections.abc import Callable
from typing import Any

TOO_LONG = 100_000.0  # seconds after which a test is taken to wait for something that never comes


class FakeClock:
    """Satisfies core.deadline.Clock. `now`: seconds, which tests may set; `slept`: the seconds of each sleep."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now
        self.slept: list[float] = []
        self._planned: list[tuple[float, Callable[[], Any]]] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        assert self.now < TOO_LONG, "it waits for something that never comes"
        for planned in [planned for planned in self._planned if planned[0] <= self.now]:
            self._planned.remove(planned)
            planned[1]()

    def after(self, seconds: float, action: Callable[..., Any], *args: Any) -> None:
        """Call `action` during the sleep at whose end so many seconds have passed."""
        self._planned.append((self.now + seconds, lambda: action(*args)))
