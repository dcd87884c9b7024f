"""How many tasks of a backfill have ended, how many wait for a retry, and which takes longest."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Every
from mlopsctl.core.states import ENDED_RUN_STATES, ENDED_TASK_STATES, TaskState
from mlopsctl.operations.backfill.execution.run_counts import RunCounts
from mlopsctl.operations.backfill.plan import BackfillPlan

TIMED_TASK_STATES = (TaskState.SUCCESS, TaskState.FAILED)
COUNT_EVERY, DETAILS_EVERY = 5.0, 10.0  # seconds: while tasks are running, an answer may take a second


@dataclass(frozen=True)
class TaskCounts:
    """`done` of `total` tasks have ended; `total` 0: unknown. `retrying` are up for retry. `slowest`: the task that has
    taken longest so far, and its `seconds`."""

    done: int = 0
    total: int = 0
    retrying: int = 0
    slowest: str = ""
    seconds: float = 0.0


class TaskCounter:
    """Over all chunks of a backfill. The cost of a look does not grow with their range."""

    def __init__(self, api: AirflowApi, clock: Clock = SYSTEM_CLOCK) -> None:
        self._api, self._clock = api, clock
        self._details, self._since = Every(DETAILS_EVERY, clock), datetime.now(UTC)
        self._per_run, self._mapped = 0, False
        self._found = TaskCounts()

    def follow(self, plan: BackfillPlan, rest: RunCounts) -> None:
        """`rest`: the dates of the chunks that are not under way."""
        self._plan, self._rest, self._due = plan, rest, Every(COUNT_EVERY, self._clock)
        self._ended = self._existing = 0

    def look(self, runs: RunCounts) -> bool:
        """Now and then; returns whether tasks were counted. `runs`: of the plan under way. Raises Unavailable."""
        if not self._due.due():
            return False
        dag_id, bounds, others = self._plan.dag.dag_id, self._plan.bounds, sum(self._plan.unrequested.values())
        if not self._per_run:
            self._per_run, self._mapped = self._api.count_dag_tasks(dag_id)
        self._ended = self._api.count_tasks(dag_id, *bounds, ENDED_TASK_STATES)
        if self._mapped or self._ended > self._per_run * (runs.done + runs.running + others):  # a mapped task group
            self._existing = self._api.count_tasks(dag_id, *bounds, ()) - self._per_run * others
        if self._details.due():
            since, self._since = self._since, datetime.now(UTC)
            retrying = self._api.count_tasks(dag_id, *bounds, [TaskState.UP_FOR_RETRY])
            slowest = self._api.slowest_task(dag_id, *bounds, TIMED_TASK_STATES, ended_since=since)
            self._found = replace(self._found, retrying=retrying)
            if slowest and (slowest.seconds or 0.0) > self._found.seconds:
                self._found = replace(self._found, slowest=slowest.task_id, seconds=slowest.seconds or 0.0)
        return True

    def counts(self, runs: RunCounts, outdated: int) -> TaskCounts:
        """`runs`: of the plan under way. `outdated` of the waiting ones still have the tasks of their last run."""
        others = sum(self._plan.unrequested.get(state, 0) for state in ENDED_RUN_STATES)
        total = max(self._per_run * runs.total, self._existing + self._per_run * (runs.waiting - outdated))
        done = max(self._ended - self._per_run * (others + outdated), self._per_run * runs.done)
        done = total if runs.done == runs.total else min(done, total)
        done, total = done + self._per_run * self._rest.done, total + self._per_run * self._rest.total
        return replace(self._found, done=done, total=total)
