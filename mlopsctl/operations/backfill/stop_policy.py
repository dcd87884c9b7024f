"""When a backfill begins nothing more before it is done: too many dates have failed, or somebody has cancelled it."""

import time
from collections.abc import Collection
from datetime import UTC, datetime

from mlopsctl.adapters.airflow.interface import AirflowApi, RequestRejected
from mlopsctl.adapters.airflow.run_owner import note
from mlopsctl.core.model import PlannedRun
from mlopsctl.operations.backfill.plan import BackfillPlan
from mlopsctl.operations.backfill.run_counts import Counts
from mlopsctl.operations.backfill.submission import Creation
from mlopsctl.operations.backfill.submission_state import CANCELLED

SELDOM = 1.0  # seconds between two questions whether it was cancelled


class Stop:
    """Whether `plan` is to stop, over all its pieces. `why` is empty while it is not."""

    def __init__(self, plan: BackfillPlan, api: AirflowApi, new_id: str) -> None:
        """`new_id`: how the backfill is called where it is done run by run."""
        self._plan, self._api, self._id = plan, api, new_id
        self._began, self._asked = datetime.now(UTC), 0.0
        self._withdrawn: frozenset[str] = frozenset()  # ids of runs that were queued when it stopped
        self._failed = 0
        self.why = ""

    def count(self, counts: Counts, creation: Creation) -> None:
        """Stop `creation` where too many have failed, or were cancelled; said before it may make another run."""
        if counts.failed > self._failed and self._plan.engine == "runs" and not self.why and self._noted():
            creation.stop()
            self.why = CANCELLED
        self._failed = counts.failed
        limit = self._plan.request.max_failures
        if self.why or not limit or counts.failed < limit:
            return
        number = self._failures()
        if number >= limit:
            creation.stop()
            self.why = f"stopped after {number} failure{'s' * (number > 1)}"

    def _failures(self) -> int:
        """The dates that have failed since this backfill began; those that failed before may not be cleared yet."""
        plan = self._plan
        failed = self._api.runs(plan.dag.dag_id, *plan.bounds, ["failed"])
        return sum(run.logical_date in plan.wanted and bool(run.end and run.end >= self._began) for run in failed)

    def look(self, creation: Creation) -> None:
        """Stop where it was cancelled while runs are made; once stopped, withdraw what is queued."""
        self.why = self.why or creation.halted
        if not self.why and self._plan.engine == "runs" and not creation.done and self._cancelled():
            creation.stop()
            self.why = CANCELLED
        if self.why:
            self._withdraw(creation.backfill_id)

    def ended(self, backfill_id: int | str | None) -> None:
        """Once all runs of a piece have ended: no further one begins where it was cancelled."""
        if self.why:
            return
        if self._plan.engine == "runs":
            cancelled = self._noted()
        else:
            cancelled = isinstance(backfill_id, int) and self._api.backfill(backfill_id).cancelled
        self.why = CANCELLED if cancelled else ""

    def _cancelled(self) -> bool:
        if time.monotonic() - self._asked < SELDOM:
            return False
        self._asked = time.monotonic()
        return self._noted()

    def _noted(self) -> bool:
        cancelled = note(self._id, cancelled=True)
        return self._api.was_cancelled(self._plan.dag.dag_id, cancelled, *self._plan.bounds, since=self._began)

    def _withdraw(self, backfill_id: int | str | None) -> None:
        """What is queued for this backfill fails; what is running goes on."""
        plan = self._plan
        ours = {run.logical_date for run in plan.runs if run.action != "kept"}
        queued = self._api.runs(plan.dag.dag_id, *plan.bounds, ["queued"])
        ids = frozenset(run.run_id for run in queued if run.logical_date in ours)
        self._withdrawn |= ids
        if ids and plan.engine == "airflow" and isinstance(backfill_id, int):
            try:
                self._api.cancel_backfill(backfill_id)
            except RequestRejected as e:
                if e.status != 409:  # it has ended
                    raise
        elif ids:
            self._api.mark_runs_failed(plan.dag.dag_id, sorted(ids))

    def unmade(self, run: PlannedRun, begun: Collection[datetime]) -> bool:
        """Whether `run`, as it ended, was to run and has not, because it was stopped. `begun`: the dates that were."""
        withdrawn = run.action != "kept" and run.run_id in self._withdrawn and run.state == "failed"
        return bool(self.why) and (withdrawn or is_unmade(run, begun))


def is_unmade(run: PlannedRun, begun: Collection[datetime]) -> bool:
    """Whether `run`, as it ended, was to be made, or to run again, and was not. `begun`: the dates that were."""
    return run.action != "kept" and (not run.state or run.logical_date not in begun)
