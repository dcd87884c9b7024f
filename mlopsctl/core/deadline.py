"""How long we bear with what does not come."""

import time

GIVE_UP = 900.0  # seconds without any answer of Airflow


class Patience:
    """`seconds` from now, or from when it was last `renewed`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.renew()

    def renew(self) -> None:
        """It came, or something moved."""
        self._since = time.monotonic()

    @property
    def waited(self) -> float:
        """Seconds."""
        return time.monotonic() - self._since

    @property
    def over(self) -> bool:
        return self.waited > self.seconds
