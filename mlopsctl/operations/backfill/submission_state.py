"""What the threads that make the runs of a plan share."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.model import PlannedRun
from mlopsctl.core.states import ACTIVE_RUN_STATES, RunState
from mlopsctl.operations.backfill.plan import BackfillPlan

CANCELLED, PAUSED = "cancelled by another command", "paused by another command"
Job = Callable[[], None]  # to be said again where Airflow did not answer: it does what is left


@dataclass
class Making:
    """`backfill_id`: how the backfill is called; None: Airflow has given it no number yet. `pending`: what is to run
    again and still stands as it ended, by state. `halted`: why nothing more is made, where somebody else wants that.
    `begun`: the dates that were begun. `orphaned`: how many are queued, and never to start: they take no room."""

    plan: BackfillPlan
    api: AirflowApi
    backfill_id: int | str | None
    pending: Counter[RunState]
    orphaned: int
    message: str = ""
    halted: str = ""
    begun: set[datetime] = field(default_factory=set)
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    stop: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def of(cls, plan: BackfillPlan, api: AirflowApi, new_id: str) -> "Making":
        """`new_id`: how the backfill is called where Airflow's engine gives it no number."""
        if plan.engine == "airflow":
            id_: int | str | None = plan.open.id if plan.open and plan.ours else None
        else:
            id_ = new_id if plan.work or plan.standing_id else None
        pending = Counter(run.state for run in plan.of("again") if run.state not in ACTIVE_RUN_STATES)
        return cls(plan, api, id_, pending, sum(run.orphaned for run in plan.runs))

    def halt(self, why: str) -> None:
        """Somebody else wants no more of it."""
        self.halted = why
        self.stop.set()

    def begin(self, runs: Iterable[PlannedRun]) -> None:
        """Said before the request: whether it got through, the runs themselves tell."""
        self.begun.update(run.logical_date for run in runs)
