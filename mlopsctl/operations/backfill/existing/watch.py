"""Watches a backfill that exists, of either engine, as `mlopsctl backfill` watches its own."""

from collections.abc import Generator
from dataclasses import replace

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.metadb.interface import RunMetadata
from mlopsctl.core import dates
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Deadline, Every
from mlopsctl.core.errors import MlopsctlError, TimedOut
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Backfill, PlannedRun
from mlopsctl.core.result import Message
from mlopsctl.core.states import BackfillState, RunAction
from mlopsctl.operations.backfill.engines import engine_for
from mlopsctl.operations.backfill.execution.observer import Observer
from mlopsctl.operations.backfill.execution.progress import Progress
from mlopsctl.operations.backfill.execution.run_counts import RunCounts
from mlopsctl.operations.backfill.existing.find import reread
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.planning.resolve import RunReader

REREAD = 5.0  # seconds between two questions to the metadata database: new runs, paused, cancelled
SETTLE = 2.0  # seconds within which an mlopsctl that creates run by run creates the next one


def plan_of(metadata: RunMetadata, api: AirflowApi, backfill: Backfill, reader: RunReader) -> BackfillPlan:
    """Its runs, all to be waited for and none to be started. `reader`: of all runs of the range.

    Raises MlopsctlError for a backfill whose runs have no dates.
    """
    dag, zone = api.dag(backfill.dag_id), dates.load_timezone(backfill.timezone)
    runs = metadata.backfill_runs(backfill)
    planned = tuple(
        PlannedRun(run.logical_date.astimezone(zone).date(), run.logical_date, RunAction.KEPT, run.state, run.run_id)
        for run in runs
        if run.logical_date
    )
    if len(planned) < len(runs):
        why = f"{dag.dag_id} runs by partition, not by date: mlopsctl cannot watch it."
        raise MlopsctlError(why, hint=Hint.of("runs", dag.dag_id), code="partitioned")
    start, end = (at.astimezone(zone).date() for at in (backfill.start, backfill.end))
    plan = BackfillPlan(dag, BackfillRequest(), start, end, backfill.engine, planned)
    listed = reader(dag.dag_id, *plan.bounds)
    return replace(plan, existing=tuple((run.logical_date, run.state) for run in listed if run.logical_date))


class BackfillWatch:
    """`plan` is read again when runs have come or gone: an mlopsctl that is still running creates some."""

    def __init__(
        self,
        metadata: RunMetadata,
        api: AirflowApi,
        backfill: Backfill,
        reader: RunReader | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """`reader`: None is the API."""
        self.backfill, self.reader = backfill, reader or api.runs
        self._metadata, self._api, self._clock = metadata, api, clock
        self._observer, self._reread = Observer(api, clock), Every(REREAD, clock)
        self._read_plan()

    @property
    def _ended(self) -> bool:
        """Airflow closes its own up to 30 s after the last run. One without any run is still being created."""
        return not self.backfill.active or (self.backfill.total > 0 and not self.backfill.unfinished)

    def steps(self, timeout: float | None) -> Generator[Progress, None, None]:
        """Until its last run has ended, or none can go on. The last progress has `runs`.

        Raises TimedOut, and Unavailable if Airflow does not answer for too long.
        """
        deadline, blocked = Deadline(timeout, self._clock), None
        while not self._ended and not blocked:
            self._observer.look(self._refresh)
            step = self._observer.report(self._waits_for(), self.backfill.id)
            yield step
            blocked = self._observer.blocked
            if deadline.expired:
                left = f"{step.counts.active} of {step.counts.total} runs of backfill {self.backfill.id} have not ended"
                hint = Hint.of("backfills", "watch", self.backfill.id)
                raise TimedOut(f"timed out after {timeout:.0f} s: {left}; they continue.", hint=hint)
            self._clock.sleep(step.look_again_in)
        if blocked:
            self._read_plan()
        yield replace(self._observer.report(None, self.backfill.id), runs=self.plan.runs, stopped=blocked)

    def _waits_for(self) -> Message | None:
        if self.backfill.state == BackfillState.PAUSED:
            resume = Hint.of("backfills", "resume", self.backfill.id)
            return Message(f"backfill {self.backfill.id} is paused", hint=resume)
        return None if self.plan.runs or self._ended else Message("Airflow is still creating its runs")

    def _refresh(self, _counts: RunCounts) -> None:
        """Now and then, read the backfill again, and its runs if some have come or gone. Raises Unavailable."""
        idle = self._observer.runs.idle
        if not idle and not self._reread.due():
            return
        if idle and not engine_for(self.backfill.engine).has_record and self.backfill.state == BackfillState.RUNNING:
            self._clock.sleep(SETTLE)
        self.backfill = reread(self._metadata, self.backfill)
        if self._ended or self.backfill.total != len(self.plan.runs):
            self._read_plan()

    def _read_plan(self) -> None:
        self.plan = plan_of(self._metadata, self._api, self.backfill, self.reader)
        self._observer.follow(self.plan)
