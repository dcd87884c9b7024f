"""A clock for code that waits: `sleep` returns at once."""


class FakeClock:
    """Satisfies core.deadline.Clock. `now`: seconds, which tests may set; `slept`: the seconds of each sleep."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
