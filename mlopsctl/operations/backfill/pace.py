"""How fast runs end, as it was measured."""

from collections import deque

from mlopsctl.operations.backfill.run_counts import Counts

SPAN = 60.0  # seconds from which the pace is taken


class Pace:
    """Of one backfill, over all its pieces."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()  # when so many were done

    def measure(self, counts: Counts, now: float) -> tuple[float | None, float | None]:
        """Seconds left, and runs per minute; None where no run has ended yet. `now`: seconds of any clock."""
        if self._seen and counts.done < self._seen[-1][1]:  # cleared runs are done no more
            self._seen.clear()
        self._seen.append((now, counts.done))
        while self._seen[0][0] < now - SPAN:
            self._seen.popleft()
        since, at_first = self._seen[0]
        done = counts.done - at_first
        if not done:
            return None, None
        return (now - since) / done * (counts.total - counts.done), done / (now - since) * 60
