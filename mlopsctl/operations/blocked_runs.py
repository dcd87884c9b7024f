"""Runs that nothing but a user can bring to an end. Airflow keeps them `running` or `queued` without an error.

| they wait for                               | Airflow's condition                                            |
|---------------------------------------------|----------------------------------------------------------------|
| a success in the run before                 | airflow/ti_deps/deps/prev_dagrun_dep.py                        |
| slots that the pool does not have           | `_executable_task_instances_to_queued` of the scheduler        |
| such runs to end, as max_active_runs are on | `get_queued_dag_runs_to_set_running` in airflow/models/dagrun  |
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core import dates
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails, DagRun, TaskInstance
from mlopsctl.core.states import ACTIVE_RUN_STATES, RunState, TaskState
from mlopsctl.core.text import plural

NEAR = timedelta(days=40)  # before a run, where its predecessor is looked for first
CHAIN = 50  # waiting runs, one behind the other, that are followed back to the first
MAX_READ = 100  # scheduled tasks whose pools are compared
# A task in one of them goes on by itself, and others after it.
MOVING = (
    TaskState.QUEUED, TaskState.RUNNING, TaskState.RESTARTING, TaskState.UP_FOR_RETRY, TaskState.UP_FOR_RESCHEDULE,
    TaskState.DEFERRED,
)  # fmt: skip
SATISFIED = (TaskState.SUCCESS, TaskState.SKIPPED)


@dataclass(frozen=True)
class BlockedRuns:
    """`days`: those that wait. `reason`: for what, as the end of a sentence. `cause`: the day of the run that has to
    succeed first; None: it is not a run. `first`: what to do before they can go on."""

    days: tuple[date, ...]
    reason: str
    first: Hint
    cause: date | None = None

    @property
    def runs_cause(self) -> bool:
        """Whether running `cause` again is all that is needed."""
        return self.first.command[:1] == ("backfill",)

    @property
    def hint(self) -> Hint:
        """The command that runs what has failed again and waits for those behind it."""
        if not self.runs_cause:
            return self.first
        return replace(self.first, command=(*self.first.command[:-1], str(max(self.days))))

    @property
    def text(self) -> str:
        return f"{plural(len(self.days), 'run')} ({dates.format_days(self.days)}) cannot go on: {self.reason}"


def find(api: AirflowApi, dag: DagDetails, waiting: Sequence[DagRun]) -> BlockedRuns | None:
    """Whether none of these queued and running runs of a DAG can go on; asked when nothing has changed for a while.
    They are in the order of their logical dates. Raises Unavailable."""
    running = [run for run in waiting if run.state == RunState.RUNNING]
    if not running:
        running = api.runs(dag.dag_id, states=[RunState.RUNNING])
        if len(running) < dag.max_active_runs:
            return None
    dated = [run for run in running if run.logical_date]
    instants = [run.logical_date for run in dated if run.logical_date]
    if not instants or api.count_tasks(dag.dag_id, instants[0], instants[-1], MOVING):
        return None
    days = tuple(_day(dag, run.logical_date) for run in waiting if run.logical_date)
    ready, _ = api.tasks_page(dag.dag_id, instants[0], instants[-1], [TaskState.SCHEDULED], MAX_READ)
    return _without_slots(api, ready, days) if ready else _behind_a_failure(api, dag, dated[0], days)


def _day(dag: DagDetails, at: datetime) -> date:
    return at.astimezone(dates.load_timezone(dag.timezone)).date()


def _without_slots(api: AirflowApi, tasks: Sequence[TaskInstance], days: tuple[date, ...]) -> BlockedRuns | None:
    """Every task that is ready waits for more slots than its pool has."""
    pools = api.pools()
    if any(pools.get(task.pool, 0) < 0 or task.pool_slots <= pools.get(task.pool, 0) for task in tasks):
        return None
    task, slots = tasks[0], pools.get(tasks[0].pool)
    has = "does not exist" if slots is None else f"has {plural(slots, 'slot')}"
    reason = f"task {task.task_id} needs {plural(task.pool_slots, 'slot')} of the pool {task.pool}, which {has}"
    return BlockedRuns(days, reason, Hint.of("airflow", "--", "pools", "set", task.pool, max(task.pool_slots, 16), ""))


def _behind_a_failure(api: AirflowApi, dag: DagDetails, first: DagRun, days: tuple[date, ...]) -> BlockedRuns | None:
    """A task has depends_on_past, and did not succeed in the run before; nor did, with wait_for_downstream, one that
    follows it."""
    dependent = api.past_dependencies(dag.dag_id)
    full = api.count_runs_in_state(RunState.RUNNING, dag.dag_id) >= dag.max_active_runs
    previous = _previous_unmoving(api, dag, first.logical_date, full) if dependent and first.logical_date else None
    if not previous or not previous.logical_date:
        return None
    cause = _day(dag, previous.logical_date)
    if previous.state == RunState.QUEUED:
        limit = f"no more than {plural(dag.max_active_runs, 'run')} of {dag.dag_id} may be running"
        reason = f"the run of {cause} has to succeed first, and cannot start while they are running, because {limit}"
        return BlockedRuns(days, reason, _end_runs(dag, first), cause)
    waiting = {task.task_id for task in api.task_instances(dag.dag_id, first.run_id) if task.state == TaskState.NONE}
    states: dict[str, set[TaskState]] = {}
    for task in api.task_instances(dag.dag_id, previous.run_id):
        states.setdefault(task.task_id, set()).add(task.state)
    for task_id, required in dependent.items():
        for needed in required if task_id in waiting else ():
            found = states.get(needed, set())
            if found - set(SATISFIED) or (needed == task_id and not found):
                # If no more may run, the failed run could not start again while they are running.
                first_step = _end_runs(dag, first) if full else _rerun(dag, cause)
                return BlockedRuns(days, _reason(task_id, needed, found, cause), first_step, cause)
    return None


def _reason(task_id: str, needed: str, found: set[TaskState], cause: date) -> str:
    did = "failed" if TaskState.FAILED in found else "did not run"
    if needed == task_id:
        return f"task {task_id} has depends_on_past, and {did} on {cause}"
    return f"task {task_id} has wait_for_downstream, and {needed}, which follows it, {did} on {cause}"


def _rerun(dag: DagDetails, cause: date) -> Hint:
    return Hint.of("backfill", dag.dag_id, "--from", cause, "--to", cause, note="after you have fixed the cause")


def _end_runs(dag: DagDetails, run: DagRun) -> Hint:
    """What ends the waiting runs, so that another can start; a backfill then runs them again in their order."""
    if run.owner or run.run_type == "backfill":
        return Hint.of("backfills", "cancel", dag.dag_id, note="ends the runs that wait, which then run again")
    return Hint(note="mark the runs that wait as failed in Airflow's web page, then backfill their dates")


def _previous_unmoving(api: AirflowApi, dag: DagDetails, at: datetime, full: bool) -> DagRun | None:
    """The run before, if it has ended, or, with `full`, is queued; if it is waiting too, the one before that, and so
    on. None: it goes on, or there is none. `full`: no other run can start."""
    for _ in range(CHAIN):
        previous = _previous(api, dag, at)
        if not previous or not previous.logical_date or previous.state not in ACTIVE_RUN_STATES:
            return previous
        if full and previous.state == RunState.QUEUED:
            return previous
        at = previous.logical_date
        if api.count_tasks(dag.dag_id, at, at, (*MOVING, TaskState.SCHEDULED)):
            return None
    return None


def _previous(api: AirflowApi, dag: DagDetails, at: datetime) -> DagRun | None:
    """The run with the latest logical date before `at`; with catchup, one that the schedule or a backfill made."""
    end = at - timedelta(microseconds=1)
    for start in (at - NEAR, None):
        found = [run for run in api.runs(dag.dag_id, start, end) if run.run_type != "manual" or not dag.catchup]
        if found:
            return found[-1]
    return None
