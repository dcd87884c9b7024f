"""How far the runs of a plan are. What a look costs does not grow with the range."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.model import PlannedRun
from mlopsctl.core.states import ACTIVE_RUN_STATES, RunState
from mlopsctl.operations.backfill.plan import BackfillPlan

PAGE = 100  # so many runs are read one by one, for little more than their number costs; of more, only the number
RECOUNT = 1.0  # seconds between two counts of what has ended
QUIET, HELD = 10.0, 3.0  # seconds without a change after which the scheduler's pulse is felt; where nothing runs
SELDOM = 10.0  # seconds between two looks at tasks
SILENT = 15.0  # seconds without a heartbeat that are worth a word


@dataclass(frozen=True)
class Counts:
    """Dates of a range by the state of their run; `waiting` have none."""

    success: int = 0
    failed: int = 0
    running: int = 0
    queued: int = 0
    waiting: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        ours, theirs = astuple(self), astuple(other)
        return Counts(*(a + b for a, b in zip(ours, theirs, strict=True)))

    @classmethod
    def of(cls, runs: Iterable[PlannedRun]) -> "Counts":
        """What `--only` leaves out, and has no run, is no date to wait for."""
        states = Counter(run.state for run in runs if run.state or run.action != "kept")
        return cls.of_states(states, states.total())

    @classmethod
    def of_states(cls, states: Counter[RunState], total: int) -> "Counts":
        """Of `total` dates; those without a state wait."""
        counted = cls(
            states[RunState.SUCCESS], states[RunState.FAILED], states[RunState.RUNNING], states[RunState.QUEUED]
        )
        return replace(counted, waiting=total - counted.total)

    def without(self, pending: Mapping[RunState, int]) -> "Counts":
        """With those that stand as they ended before, by state, as still to be made."""
        success, failed = (
            max(self.success - pending[RunState.SUCCESS], 0),
            max(self.failed - pending[RunState.FAILED], 0),
        )
        return replace(self, success=success, failed=failed, waiting=self.waiting + self.done - success - failed)

    @property
    def total(self) -> int:
        return self.success + self.failed + self.running + self.queued + self.waiting

    @property
    def done(self) -> int:
        return self.success + self.failed

    @property
    def active(self) -> int:
        return self.running + self.queued


@dataclass(frozen=True)
class Tasks:
    """`retrying`: tasks that are up for retry. `slowest`: the task that took longest so far, and its `seconds`."""

    retrying: int = 0
    slowest: str = ""
    seconds: float = 0.0


class Watch:
    """Looks at the runs of one plan, again and again."""

    def __init__(self, plan: BackfillPlan, api: AirflowApi) -> None:
        self._plan = plan
        self._api = api
        self.counts = Counts.of(plan.runs)
        self._others: Mapping[RunState, int] = plan.others or {}
        self._few = len(plan.runs) + sum(self._others.values()) <= PAGE
        self._counted = self._changed = self._felt = time.monotonic()
        self._word = ""
        self.tasks = Tasks()
        self._total = self.counts.total
        self._asked, self._since = 0.0, datetime.now(UTC)
        self.idle = False  # none of the wanted runs is queued or running

    def look(self) -> Counts:
        """One request where a page holds the range. Raises Unavailable."""
        before = self.counts
        self.counts = self._read() if self._few else self._number_all()
        if self.counts != before:
            self._changed = time.monotonic()
        return self.counts

    def _read(self) -> Counts:
        """By reading all runs of the range; for the last time where so many others have come that no page holds it."""
        plan = self._plan
        runs, number = self._api.runs_page(plan.dag.dag_id, *plan.bounds, (), PAGE)
        if number > len(runs):
            self._few, runs = False, self._api.runs(plan.dag.dag_id, *plan.bounds)
        self._others = Counter(run.state for run in runs if run.logical_date not in plan.wanted)
        states = Counter(run.state for run in runs if run.logical_date in plan.wanted)
        self.idle = not any(states[state] for state in ACTIVE_RUN_STATES)
        return Counts.of_states(states, max(self._total, states.total()))

    def _number_all(self) -> Counts:
        """By the numbers alone. What has ended is counted when something moves, and once a second."""
        before, total = self.counts, self._total
        active, running = self._active(peek=before.active <= PAGE)
        now = time.monotonic()
        success, failed = before.success, before.failed
        if self.idle or active != before.active or now - self._counted >= RECOUNT:
            success, failed = self._number(RunState.SUCCESS), self._number(RunState.FAILED)
            self._counted = now
        success = min(success, total - failed)
        active = min(active, total - success - failed)  # what ended between two requests was counted twice
        running = min(running, active)
        return Counts(success, failed, running, active - running, total - active - success - failed)

    def _active(self, peek: bool) -> tuple[int, int]:
        """How many of the wanted runs are queued or running, and how many running; sets `idle`."""
        plan, api = self._plan, self._api
        runs, number = api.runs_page(plan.dag.dag_id, *plan.bounds, ACTIVE_RUN_STATES, PAGE if peek else 0)
        if number > len(runs):
            active = number - self._others.get(RunState.QUEUED, 0) - self._others.get(RunState.RUNNING, 0)
            if active > 0:
                self.idle = False
                return active, min(self._number(RunState.RUNNING), active)
            runs = api.runs(
                plan.dag.dag_id, *plan.bounds, ACTIVE_RUN_STATES
            )  # many strangers: only this tells who is left
        wanted = [run for run in runs if run.logical_date in plan.wanted]
        strange = Counter(run.state for run in runs if run.logical_date not in plan.wanted)
        self._others = dict(self._others) | {state: strange[state] for state in ACTIVE_RUN_STATES}
        self.idle = not wanted
        return len(wanted), sum(run.state == "running" for run in wanted)

    def _number(self, state: RunState) -> int:
        plan = self._plan
        return max(
            self._api.count_runs(plan.dag.dag_id, *plan.bounds, [state]) - self._others.get(state, 0),
            0,
        )

    def look_at_tasks(self) -> Tasks:
        """Now and then, two requests: of the tasks that have ended since the last time the API sends one row."""
        now = time.monotonic()
        if now - self._asked < SELDOM or not self.counts.active:
            return self.tasks
        plan, since = self._plan, self._since
        self._asked, self._since = now, datetime.now(UTC)
        ended, retrying = ("success", "failed"), ["up_for_retry"]
        slowest = self._api.slowest_task(plan.dag.dag_id, *plan.bounds, ended, ended_since=since)
        self.tasks = Tasks(
            self._api.count_tasks(plan.dag.dag_id, *plan.bounds, retrying), self.tasks.slowest, self.tasks.seconds
        )
        if slowest and (slowest.seconds or 0.0) > self.tasks.seconds:
            self.tasks = replace(self.tasks, slowest=slowest.task_id, seconds=slowest.seconds or 0.0)
        return self.tasks

    def pulse(self) -> str:
        """A word about why nothing moves: the scheduler is not alive, the DAG is gone, it or its backfill is paused;
        else empty.

        Raises Unavailable.
        """
        now = time.monotonic()
        quiet = HELD if self.counts.queued and not self.counts.running else QUIET
        if now - self._changed < quiet:
            self._word = ""
        elif now - self._felt > quiet / 2:
            self._felt = now
            self._word = self._silent() or self._hindered()
        return self._word

    def _silent(self) -> str:
        silence = time.time() - self._api.heartbeats().get("scheduler", 0.0)
        return f"no sign of life from the scheduler for {silence:.0f} s: waiting for it" if silence > SILENT else ""

    def _hindered(self) -> str:
        dag_id = self._plan.dag.dag_id
        dag = self._api.dag_summary(dag_id)
        if dag.stale or dag.has_import_errors:
            return f"Airflow cannot read {dag_id} any more, and starts no task of it: mlopsctl dags errors"
        if dag.paused:
            return f"{dag_id} is paused; to go on: mlopsctl backfills resume {dag_id} --unpause"
        standing = self._api.active_backfill(dag_id) if self._plan.dag.periodic else None
        if standing and standing.paused:
            return f"it is paused; to go on: mlopsctl backfills resume {standing.id}"
        return ""
