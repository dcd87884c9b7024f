"""Runs created one by one, for what Airflow's own engine cannot do: a DAG without a schedule, a list of dates, failed
dates only."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, timedelta
from functools import partial
from typing import Any

from mlopsctl.adapters.airflow.run_owner import RUN_ID_PREFIX, note
from mlopsctl.core.model import Backfill, BackfillId, DagDetails, PlannedRun
from mlopsctl.core.states import EngineName, RunAction, StopKind
from mlopsctl.core.text import plural
from mlopsctl.operations import task_dates
from mlopsctl.operations.backfill.engines.base import CLEAR_BATCH, Engine, Execution, Submission, batches
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.preflight import interval_not_settable

Conf = Mapping[str, Any] | None


class PerRunEngine(Engine):
    """mlopsctl creates each run. All that is known of the backfill is in the ids and notes of its runs."""

    name = EngineName.PER_RUN
    max_in_flight = 25
    limits_runs = False
    has_record = False
    pauses_dag = True
    lists_dates = True
    ignores_task_dates = False

    @staticmethod
    def supports(dag: DagDetails, request: BackfillRequest) -> bool:
        return True

    def throttles(self, plan: BackfillPlan) -> bool:
        """Also where Airflow always starts the earliest date first."""
        in_other_order = plan.request.reverse and not self.api.capabilities.run_after_in_post
        return in_other_order or super().throttles(plan)

    def question(self, plan: BackfillPlan) -> str:
        new = [run.interval for run in plan.runs_to(RunAction.NEW) if run.interval and not plan.dag.empty_intervals]
        if not new or self.api.sets_intervals:
            return ""
        return (
            f"{interval_not_settable(self.api, plan.dag)} Templates with ds and logical_date are right, those with "
            f"data_interval_start and data_interval_end are not. Create {plural(len(new), 'run')} all the same?"
        )

    def warnings(self, plan: BackfillPlan) -> Iterator[str]:
        if new := plan.new_dates:
            yield from task_dates.left_out(plan.dag, self.api.task_dates(plan.dag.dag_id), new)
        limit = plan.dag.max_active_runs
        if len(plan.changed) > limit < plan.max_active:
            yield (
                f"no more than {limit} runs of {plan.dag.dag_id} run at a time: its own max_active_runs is below "
                f"--max-active {plan.max_active}."
            )

    def initial_id(self, plan: BackfillPlan, new_id: str) -> BackfillId | None:
        return new_id if plan.changed or plan.active_owner else None

    def submissions(self, plan: BackfillPlan) -> Iterator[Submission]:
        again = plan.runs_to(RunAction.AGAIN)
        clearable = [run for run in again if not run.replaced]
        for batch in batches(clearable, 1 if self.throttles(plan) else CLEAR_BATCH):
            yield Submission(batch, partial(self._clear, batch))
        for number, run in enumerate(plan.runs_to(RunAction.NEW)):
            yield Submission((run,), partial(self._create, run, number))
        for number, run in enumerate(run for run in again if run.replaced):
            yield Submission((run,), partial(self._replace, run, number, []))

    def poll(self, execution: Execution) -> StopKind | None:
        return StopKind.CANCELLED if self.was_cancelled(execution) else None

    def was_cancelled(self, execution: Execution) -> bool:
        plan, cancelled = execution.plan, note(str(execution.id), cancelled=True)
        return self.api.was_cancelled(plan.dag.dag_id, cancelled, *plan.bounds, since=execution.since)

    def pause(self, backfill: Backfill) -> str:
        self.api.set_paused(backfill.dag_id, True)
        return f"{backfill.dag_id} is paused"

    def resume(self, backfill: Backfill) -> None:
        self.api.set_paused(backfill.dag_id, False)

    def end_runs(self, backfill: Backfill, run_ids: Sequence[str]) -> None:
        self.api.mark_runs_failed(backfill.dag_id, run_ids, note(str(backfill.id), cancelled=True))

    def _clear(self, runs: Sequence[PlannedRun], execution: Execution, retry: bool) -> None:
        self.clear(execution, runs, retry, note(str(execution.id)))

    def _create(self, run: PlannedRun, number: int, execution: Execution, retry: bool) -> None:
        self._create_with(execution.plan.request.conf, run, number, execution)

    def _create_with(self, conf: Conf, run: PlannedRun, number: int, execution: Execution) -> None:
        dag, at = execution.plan.dag, run.logical_date.astimezone(UTC)
        name = f"{at:%Y-%m-%dT%H:%M:%S}" if dag.periodic else f"{run.date}"  # a day may have several runs
        self.api.create_run(
            dag.dag_id,
            run.logical_date,
            run_id=f"{RUN_ID_PREFIX}{execution.id}__{name}",
            conf=conf,
            # The scheduler starts them in this order, whichever request comes first.
            run_after=execution.since - timedelta(seconds=1) + timedelta(microseconds=number),
            interval=None if dag.empty_intervals else run.interval,
        )

    def _replace(self, run: PlannedRun, number: int, kept: list[Conf], execution: Execution, retry: bool) -> None:
        """Replace a run that clearing would orphan, or leave without tasks, by a new one with the same conf.
        `kept`: the conf, for another attempt."""
        dag_id = execution.plan.dag.dag_id
        if any(found.run_id == run.run_id for found in self.api.runs(dag_id, run.logical_date, run.logical_date)):
            kept.append(self.api.run_conf(dag_id, run.run_id))
            self.api.delete_runs(dag_id, [run.run_id])
        self._create_with(kept[-1] if kept else execution.plan.request.conf, run, number, execution)
