"""What is told of a backfill while it goes on, and how often."""

from dataclasses import dataclass, field

from mlopsctl.core.model import PlannedRun
from mlopsctl.operations.backfill.run_counts import Counts, Tasks

FAST, SLOW = 0.1, 1.5  # seconds between two looks


@dataclass(frozen=True)
class Progress:
    """A moment of a backfill. `eta`: seconds left, `pace`: runs per minute, as measured. `piece`: which of several.

    `runs`: at the end, what became of each date. `stopped`: why nothing more is begun; `unmade`: the dates that were to
    have run and have not, for that.
    """

    counts: Counts
    seconds: float
    eta: float | None = None
    message: str = ""
    backfill_id: int | str | None = None
    runs: tuple[PlannedRun, ...] = ()
    pace: float | None = None
    tasks: Tasks = field(default_factory=Tasks)
    piece: str = ""
    stopped: str = ""
    unmade: tuple[PlannedRun, ...] = ()


def interval(now: Progress) -> float:
    """A look costs the API server CPU that the tasks want; towards the end it looks often, to see it at once.

    What is left to run may end all at once, sooner than the pace says: then a look may be late by 1 % of the time so
    far. It costs the tasks little: while they have much to do, the answer itself takes a second.
    """
    if now.eta is None:
        return 0.5
    if now.counts.queued or now.counts.waiting:
        return min(max(now.eta / 5, 3 * FAST), SLOW)
    return min(max(min(now.eta / 5, now.seconds / 100), FAST), SLOW)
