"""How many runs of a plan are in which state. The cost of a look does not grow with the range."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, replace

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Every
from mlopsctl.core.model import PlannedRun
from mlopsctl.core.states import ACTIVE_RUN_STATES, RunAction, RunState
from mlopsctl.operations.backfill.plan import BackfillPlan

PAGE = 100  # runs that are read one by one, for little more than counting them costs; of more, only the number is read
RECOUNT = 1.0  # seconds between two counts of ended runs


@dataclass(frozen=True)
class RunCounts:
    """Dates of a range by the state of their run; `waiting` ones have none."""

    success: int = 0
    failed: int = 0
    running: int = 0
    queued: int = 0
    waiting: int = 0

    def __add__(self, other: "RunCounts") -> "RunCounts":
        return RunCounts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @classmethod
    def of(cls, runs: Iterable[PlannedRun]) -> "RunCounts":
        """Without the dates that have no run and are to get none."""
        states = Counter(run.state for run in runs if run.state or run.action != RunAction.KEPT)
        return cls.of_states(states, states.total())

    @classmethod
    def of_states(cls, states: Counter[RunState], total: int) -> "RunCounts":
        """Of `total` dates."""
        success, failed = states[RunState.SUCCESS], states[RunState.FAILED]
        running, queued = states[RunState.RUNNING], states[RunState.QUEUED]
        return cls(success, failed, running, queued, total - success - failed - running - queued)

    def without(self, outdated: Mapping[RunState, int]) -> "RunCounts":
        """With ended runs that are still to run again counted as waiting. `outdated`: their number by state."""
        success = max(self.success - outdated.get(RunState.SUCCESS, 0), 0)
        failed = max(self.failed - outdated.get(RunState.FAILED, 0), 0)
        return replace(self, success=success, failed=failed, waiting=self.waiting + self.done - success - failed)

    @property
    def total(self) -> int:
        return self.done + self.active + self.waiting

    @property
    def done(self) -> int:
        return self.success + self.failed

    @property
    def active(self) -> int:
        return self.running + self.queued


class RunCounter:
    """Counts the runs of one plan, again and again. `idle`: none of them is queued or running."""

    def __init__(self, plan: BackfillPlan, api: AirflowApi, clock: Clock = SYSTEM_CLOCK) -> None:
        self.counts = RunCounts.of(plan.runs)
        self.idle = False
        self._plan, self._api = plan, api
        self._total = self.counts.total
        self._others: Mapping[RunState, int] = plan.unrequested  # in the same range
        self._few = len(plan.runs) + sum(self._others.values()) <= PAGE
        self._recount = Every(RECOUNT, clock)

    def look(self) -> RunCounts:
        """One request if a page holds the range. Raises Unavailable."""
        self.counts = self._read_all() if self._few else self._count_all()
        return self.counts

    def _read_all(self) -> RunCounts:
        """By reading every run of the range; for the last time when a page no longer holds them."""
        plan = self._plan
        runs, number = self._api.runs_page(plan.dag.dag_id, *plan.bounds, (), PAGE)
        if number > len(runs):
            self._few, runs = False, self._api.runs(plan.dag.dag_id, *plan.bounds)
        self._others = Counter(run.state for run in runs if run.logical_date not in plan.logical_dates)
        states = Counter(run.state for run in runs if run.logical_date in plan.logical_dates)
        self.idle = not any(states[state] for state in ACTIVE_RUN_STATES)
        return RunCounts.of_states(states, max(self._total, states.total()))

    def _count_all(self) -> RunCounts:
        """By numbers only. Ended runs are counted when something has changed, and once a second."""
        before, total = self.counts, self._total
        active, running = self._count_active(peek=before.active <= PAGE)
        success, failed = before.success, before.failed
        if self._recount.due() or self.idle or active != before.active:
            success, failed = self._count(RunState.SUCCESS), self._count(RunState.FAILED)
        success = min(success, total - failed)
        active = min(active, total - success - failed)  # a run that ended between two requests was counted twice
        running = min(running, active)
        return RunCounts(success, failed, running, active - running, total - active - success - failed)

    def _count_active(self, peek: bool) -> tuple[int, int]:
        """How many runs of the plan are queued or running, and how many running; sets `idle`."""
        plan, api = self._plan, self._api
        runs, number = api.runs_page(plan.dag.dag_id, *plan.bounds, ACTIVE_RUN_STATES, PAGE if peek else 0)
        if number > len(runs):
            active = number - sum(self._others.get(state, 0) for state in ACTIVE_RUN_STATES)
            if active > 0:
                self.idle = False
                return active, min(self._count(RunState.RUNNING), active)
            # With many other runs in the range, only their list shows whether one of ours is left.
            runs = api.runs(plan.dag.dag_id, *plan.bounds, ACTIVE_RUN_STATES)
        own = Counter(run.state for run in runs if run.logical_date in plan.logical_dates)
        others = Counter(run.state for run in runs if run.logical_date not in plan.logical_dates)
        self._others = dict(self._others) | {state: others[state] for state in ACTIVE_RUN_STATES}
        self.idle = not own
        return own.total(), own[RunState.RUNNING]

    def _count(self, state: RunState) -> int:
        number = self._api.count_runs(self._plan.dag.dag_id, *self._plan.bounds, [state])
        return max(number - self._others.get(state, 0), 0)
