"""When a backfill stops before it is done: too many failures, or another command has cancelled or paused it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.hint import NO_HINT, Hint
from mlopsctl.core.model import PlannedRun
from mlopsctl.core.states import RunAction, RunState, StopKind
from mlopsctl.core.text import plural
from mlopsctl.operations.backfill.engines.base import Engine, Execution
from mlopsctl.operations.backfill.plan import BackfillPlan


@dataclass(frozen=True)
class StopReason:
    """`failures`: of kind FAILURES, how many. `blocked`: of kind BLOCKED, by what, and `first` what to do before the
    backfill can go on."""

    kind: StopKind
    failures: int = 0
    blocked: str = ""
    first: Hint = NO_HINT

    @property
    def text(self) -> str:
        if self.kind == StopKind.FAILURES:
            return f"stopped after {plural(self.failures, 'failure')}"
        if self.kind == StopKind.BLOCKED:
            return self.blocked
        return f"{self.kind} by another command"


class StopPolicy:
    """Whether `plan` is to stop, over all its chunks. `reason`: None while it is not."""

    def __init__(self, plan: BackfillPlan, engine: Engine, api: AirflowApi) -> None:
        self.reason: StopReason | None = None
        self._plan, self._engine, self._api = plan, engine, api
        self._withdrawn: set[str] = set()  # ids of runs that were queued when it stopped

    def stop(self, kind: StopKind | None) -> None:
        if kind:
            self.reason = self.reason or StopReason(kind)

    def check_failures(self, failed: int, since: datetime, pending: Collection[datetime]) -> None:
        """Stop if --max-failures is reached. `failed`: how many there are; those from before `since`, and those of
        `pending` dates, which run again, do not count."""
        limit = self._plan.request.max_failures
        if self.reason or not limit or failed < limit:
            return
        plan = self._plan
        runs = self._api.runs(plan.dag.dag_id, *plan.bounds, [RunState.FAILED])
        dates = [run.logical_date for run in runs if run.end and run.end >= since]
        number = sum(at in plan.logical_dates and at not in pending for at in dates)
        if number >= limit:
            self.reason = StopReason(StopKind.FAILURES, number)

    def withdraw(self, execution: Execution) -> None:
        """Stop what is queued for this backfill; what is running continues."""
        plan = self._plan
        own = {run.logical_date for run in plan.changed}
        queued = self._api.runs(plan.dag.dag_id, *plan.bounds, [RunState.QUEUED])
        ids = [run.run_id for run in queued if run.logical_date in own]
        self._withdrawn |= set(ids)
        if ids:
            self._engine.withdraw(execution, ids)

    def not_run(self, run: PlannedRun, submitted: Collection[datetime]) -> bool:
        """Whether `run`, in its final state, was to run and did not because of the stop."""
        withdrawn = run.run_id in self._withdrawn and run.state == RunState.FAILED
        return self.reason is not None and (withdrawn or is_unsubmitted(run, submitted))


def is_unsubmitted(run: PlannedRun, submitted: Collection[datetime]) -> bool:
    """Whether `run`, in its final state, was to run and was not submitted."""
    return run.action != RunAction.KEPT and (not run.state or run.logical_date not in submitted)
