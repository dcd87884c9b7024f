"""Airflow's own backfill: it creates all runs in one transaction, and starts them as others end."""

from collections.abc import Iterator, Sequence
from functools import partial

from mlopsctl.adapters.airflow.interface import AirflowApi, RequestRejected
from mlopsctl.adapters.airflow.release import MAX_RUNS_PER_LOOP
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Deadline
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Backfill, BackfillId, DagDetails, NativeBackfill, PlannedRun
from mlopsctl.core.states import (
    ACTIVE_RUN_STATES,
    EngineName,
    Reprocess,
    RerunConf,
    RunAction,
    RunState,
    Selection,
    StopKind,
)
from mlopsctl.core.text import plural
from mlopsctl.operations import task_dates
from mlopsctl.operations.backfill.engines.base import (
    CLEAR_BATCH,
    CONFLICT,
    Answer,
    Engine,
    Execution,
    Submission,
    batches,
    depends_on_past,
)
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest

CLOSING = 200.0  # seconds within which Airflow closes a backfill whose runs have ended, or that never got any


class NativeEngine(Engine):
    """Airflow allows one open backfill per DAG, and closes it up to 30 s after its last run."""

    name = EngineName.NATIVE
    max_in_flight = 1  # each submission needs the one before
    limits_runs = True
    has_record = True
    pauses_dag = False
    lists_dates = False
    ignores_task_dates = True

    def __init__(self, api: AirflowApi, clock: Clock = SYSTEM_CLOCK) -> None:
        super().__init__(api, clock)
        self._closing = Deadline(CLOSING, clock)
        self._previous: int | None = None  # the backfill of this plan that has to be closed before the next

    @staticmethod
    def supports(dag: DagDetails, request: BackfillRequest) -> bool:
        return dag.backfillable and request.only in (Selection.UNFINISHED, Selection.MISSING) and not request.days

    def warnings(self, plan: BackfillPlan) -> Iterator[str]:
        if not plan.changed:
            return
        tasks, new = self.api.task_dates(plan.dag.dag_id), plan.new_dates
        if tasks and (outside := task_dates.without_task(plan.dag, tasks, new)):
            yield (
                f"{task_dates.reason(plan.dag, tasks, outside[0])}: {len(outside)} of {plural(len(new), 'new run')} "
                "would get no task from the scheduler. In a backfill, Airflow runs the tasks all the same."
            )
        running = self.api.count_runs_in_state(RunState.RUNNING)
        others = running - self.api.count_runs_in_state(RunState.RUNNING, plan.dag.dag_id)
        if others >= MAX_RUNS_PER_LOOP:
            yield (
                f"{others} runs of other DAGs are running: beside {MAX_RUNS_PER_LOOP} or more, Airflow starts no task "
                "of a backfill until some of them have ended (apache/airflow#58554)."
            )

    def rerun_conf(self, plan: BackfillPlan) -> RerunConf:
        """One that Airflow has not closed is continued by clearing its runs, which keeps their conf."""
        replaced = self.api.capabilities.backfill_replaces_conf and not plan.resumes_open
        return RerunConf.REPLACED if replaced else RerunConf.KEPT

    def obstacle(self, plan: BackfillPlan) -> MlopsctlError | None:
        missing_only = plan.request.only == Selection.MISSING and not plan.request.everything
        if plan.request.reverse or not missing_only or not self.api.tasks_with_depends_on_past(plan.dag.dag_id):
            return super().obstacle(plan)
        hint = "leave out --only missing, so that the failed dates run again too"
        return depends_on_past(plan, "a missing date after a failed one could never run", hint)

    def initial_id(self, plan: BackfillPlan, new_id: str) -> BackfillId | None:
        return plan.open_backfill.id if plan.open_backfill and plan.resumes_open else None

    def submissions(self, plan: BackfillPlan) -> Iterator[Submission]:
        if plan.resumes_open:  # they belong to the backfill that is still open
            for batch in batches(plan.runs_to(RunAction.AGAIN), CLEAR_BATCH):
                yield Submission(batch, partial(self._clear, batch))
        if plan.runs_to(RunAction.NEW) if plan.resumes_open else plan.changed:
            yield Submission(plan.changed, self._create)

    def was_cancelled(self, execution: Execution) -> bool:
        return isinstance(execution.id, int) and self.api.backfill(execution.id).cancelled

    def withdraw(self, execution: Execution, run_ids: Sequence[str]) -> None:
        if not isinstance(execution.id, int):
            super().withdraw(execution, run_ids)
            return
        try:
            self.api.cancel_backfill(execution.id)
        except RequestRejected as e:
            if e.status != CONFLICT:
                raise

    def pause(self, backfill: Backfill) -> str:
        self.api.pause_backfill(int(backfill.id))
        return f"backfill {backfill.id} is paused"

    def resume(self, backfill: Backfill) -> None:
        if backfill.record_paused:
            self.api.unpause_backfill(int(backfill.id))
        if backfill.dag_paused:
            self.api.set_paused(backfill.dag_id, False)

    def cancel(self, backfill: Backfill) -> None:
        self.api.cancel_backfill(int(backfill.id))

    def _clear(self, runs: Sequence[PlannedRun], execution: Execution, retry: bool) -> None:
        self.clear(execution, runs, retry)

    def _create(self, execution: Execution, retry: bool) -> Answer:
        plan = execution.plan
        if retry and (id_ := self._adopt(plan)):
            return Answer(id_)
        if blocked := self._blocked(plan):
            return blocked
        self._release_orphaned(plan)
        try:
            created = self.api.create_backfill(
                plan.dag.dag_id,
                *plan.day_bounds,
                reprocess=plan.request.reprocess,
                reverse=plan.request.reverse,
                max_active=plan.max_active,
                conf=plan.request.conf,
            )
        except RequestRejected as e:
            if e.status != CONFLICT:
                raise
            return Answer(self._adopt(plan))
        return Answer(created.id)

    def _release_orphaned(self, plan: BackfillPlan) -> None:
        """Airflow's backfill takes failed runs over, never queued ones; and with `none`, only dates without a run. It
        gives no task to a run that got none because of its date."""
        if empty := [run.run_id for run in plan.changed if run.empty]:
            self.api.delete_runs(plan.dag.dag_id, empty)
        ids = [run.run_id for run in plan.runs if run.orphaned]
        if ids and plan.request.reprocess == Reprocess.NONE:
            self.api.delete_runs(plan.dag.dag_id, ids)
        elif ids:
            self.api.mark_runs_failed(plan.dag.dag_id, ids)

    def _blocked(self, plan: BackfillPlan) -> Answer | None:
        """Airflow takes no second backfill on a DAG until it has closed the previous one. Raises MlopsctlError if that
        is not to be expected."""
        record = self.api.active_backfill(plan.dag.dag_id)
        if not record:
            cancelled = self._previous and self.api.backfill(self._previous).cancelled
            return Answer(stop=StopKind.CANCELLED) if cancelled else None
        # One that was paused before this command started is known to be, and delays nothing.
        known = plan.open_backfill and plan.open_backfill.paused and plan.open_backfill.id == record.id
        self._previous = record.id if plan.owns(record) and not known else None
        if self._previous and record.paused:
            return Answer(stop=StopKind.PAUSED)
        unfinished = self.api.count_runs(record.dag_id, record.start, record.end, ACTIVE_RUN_STATES)
        if unfinished and not plan.owns(record):
            raise already_active(record, f"{unfinished} runs have not ended")
        if unfinished:
            self._closing.renew()
            return Answer(wait_for=f"backfill {record.id} has to end first")
        if self._closing.expired:
            raise already_active(record, "Airflow does not close it")
        return Answer(wait_for=f"backfill {record.id} has to end first: its runs have, Airflow closes it within 30 s")

    def _adopt(self, plan: BackfillPlan) -> int | None:
        """The id, if an earlier attempt got through although its answer was lost. Raises MlopsctlError if the open
        backfill is another one."""
        record = self.api.active_backfill(plan.dag.dag_id)
        if record and not plan.owns(record):
            raise already_active(record, "it began a moment ago")
        return record.id if record else None


def already_active(record: NativeBackfill, why: str) -> MlopsctlError:
    cancel = ("backfills", "cancel", str(record.id))
    return MlopsctlError(
        f"backfill {record.id} is already active on {record.dag_id}: {why}.",
        hint=Hint.of("backfills", "watch", record.id, note="or to end it:", other=cancel),
        code="backfill-active",
    )
