"""What differs by who creates the runs of a backfill: Airflow's own backfill, or mlopsctl run by run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import Backfill, BackfillId, DagDetails, PlannedRun
from mlopsctl.core.states import ACTIVE_RUN_STATES, EngineName, RerunConf, StopKind
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest

CONFLICT = 409  # HTTP status if a backfill is already active, or has already ended
CLEAR_BATCH = 25  # runs cleared in one request


@dataclass(frozen=True)
class Execution:
    """A plan that is being carried out. `id`: None until Airflow has given it one. `since`: when it started."""

    plan: BackfillPlan
    id: BackfillId | None
    since: datetime


@dataclass(frozen=True)
class Answer:
    """Of a submission. `id`: given by Airflow. `wait_for`: it was not sent, and has to be sent again after this.
    `stop`: it was not sent, because another command wants the backfill to stop."""

    id: BackfillId | None = None
    wait_for: str = ""
    stop: StopKind | None = None


@dataclass(frozen=True)
class Submission:
    """A request that starts `runs`. `send`: performs it, in any thread; its second argument is `retry`, whether an
    earlier attempt may have got through."""

    runs: tuple[PlannedRun, ...]
    send: Callable[[Execution, bool], Answer | None]
    retry: bool = False

    @property
    def dates(self) -> set[datetime]:
        return {run.logical_date for run in self.runs}


class Engine(Protocol):
    """An object serves one backfill.

    `max_in_flight`: submissions that may be under way at a time. `limits_runs`: whether Airflow keeps to --max-active;
    else mlopsctl does, and has to stay. `has_record`: whether Airflow has a record of the backfill. `pauses_dag`:
    whether pausing it means pausing its DAG. `lists_dates`: whether its dates may have gaps. `ignores_task_dates`:
    whether its new runs get tasks that start later or have ended.
    """

    name: ClassVar[EngineName]
    max_in_flight: ClassVar[int]
    limits_runs: ClassVar[bool]
    has_record: ClassVar[bool]
    pauses_dag: ClassVar[bool]
    lists_dates: ClassVar[bool]
    ignores_task_dates: ClassVar[bool]
    api: AirflowApi
    clock: Clock

    def __init__(self, api: AirflowApi, clock: Clock = SYSTEM_CLOCK) -> None:
        self.api, self.clock = api, clock

    @staticmethod
    def supports(dag: DagDetails, request: BackfillRequest) -> bool:
        """Whether it can run what was requested."""

    def warnings(self, plan: BackfillPlan) -> Iterator[str]:
        """What the user should know about this engine before it starts."""

    def obstacle(self, plan: BackfillPlan) -> MlopsctlError | None:
        """Why this engine cannot carry out the plan."""
        if not plan.request.reverse or not self.api.tasks_with_depends_on_past(plan.dag.dag_id):
            return None
        return depends_on_past(plan, "in reverse, each would wait for the one after it", "leave out --reverse")

    def rerun_conf(self, plan: BackfillPlan) -> RerunConf:
        """What --conf does to the conf of runs that run again."""
        return RerunConf.KEPT

    def question(self, plan: BackfillPlan) -> str:
        """What the user has to agree to before it starts; empty: nothing."""
        return ""

    def throttles(self, plan: BackfillPlan) -> bool:
        """Whether mlopsctl starts a run only when another one has ended, and so has to stay."""
        return plan.request.is_throttled and not self.limits_runs

    def initial_id(self, plan: BackfillPlan, new_id: str) -> BackfillId | None:
        """The id before anything is submitted. `new_id`: for a backfill that gets none from Airflow."""

    def submissions(self, plan: BackfillPlan) -> Iterator[Submission]:
        """What to send, in this order."""

    def poll(self, execution: Execution) -> StopKind | None:
        """Whether another command wants it to stop, asked while runs are submitted and when more have failed."""
        return None

    def was_cancelled(self, execution: Execution) -> bool:
        """Whether another command cancelled it, asked when its runs have ended."""

    def withdraw(self, execution: Execution, run_ids: Sequence[str]) -> None:
        """Stop its queued runs; running ones continue."""
        self.api.mark_runs_failed(execution.plan.dag.dag_id, run_ids)

    def pause(self, backfill: Backfill) -> str:
        """Returns what is paused now, as a sentence. Raises RequestRejected if it has ended."""

    def resume(self, backfill: Backfill) -> None:
        """Raises RequestRejected if it has ended."""

    def cancel(self, backfill: Backfill) -> None:
        """If there is a record, close it and stop its queued runs. Raises RequestRejected if it has ended."""
        return

    def end_runs(self, backfill: Backfill, run_ids: Sequence[str]) -> None:
        """Mark its runs as failed, because it was cancelled."""
        self.api.mark_runs_failed(backfill.dag_id, run_ids)

    def clear(self, execution: Execution, runs: Sequence[PlannedRun], retry: bool, note: str = "") -> None:
        """Queue ended runs again. `note`: put on each."""
        dag_id, ids = execution.plan.dag.dag_id, [run.run_id for run in runs]
        if retry:  # with a lost answer, only those that ended before we started are certainly not cleared
            instants = [run.logical_date for run in runs]
            listed = self.api.runs(dag_id, min(instants), max(instants))
            ended = [run for run in listed if run.run_id in ids and run.state not in ACTIVE_RUN_STATES]
            ids = [run.run_id for run in ended if run.end is None or run.end < execution.since]
        if ids:
            self.api.clear_runs(dag_id, ids, note=note)


def depends_on_past(plan: BackfillPlan, why: str, hint: str) -> MlopsctlError:
    return MlopsctlError(f"{plan.dag.dag_id} has tasks with depends_on_past: {why}.", hint=hint, code="depends-on-past")


def batches(runs: Sequence[PlannedRun], size: int) -> Iterator[tuple[PlannedRun, ...]]:
    for at in range(0, len(runs), size):
        yield tuple(runs[at : at + size])
