"""What a user asks a backfill to do, and what it would do about every date of its range."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import DagDetails, Interval, NativeBackfill, PlannedRun
from mlopsctl.core.states import ACTIVE_RUN_STATES, EngineName, Reprocess, RerunConf, RunAction, RunState, Selection
from mlopsctl.operations.backfill.downstream import DownstreamDag
from mlopsctl.operations.dags.scheduled_runs import ScheduledRuns

REPROCESS = {Selection.UNFINISHED: Reprocess.FAILED, Selection.MISSING: Reprocess.NONE}


@dataclass(frozen=True)
class BackfillRequest:
    """The options of `mlopsctl backfill`.

    `everything`: run successful dates again too. `conf`: None is the DAG's default. `days`: these days only; empty: the
    range. `table`, `column`: where to look for missing rows. `chunk`: days per chunk. `max_failures`: stop
    starting new runs after so many failures.
    """

    only: Selection = Selection.UNFINISHED
    everything: bool = False
    reverse: bool = False
    max_active: int | None = None
    conf: Mapping[str, Any] | None = None
    unpause: bool = False
    repause: bool = False
    days: tuple[date, ...] = ()
    table: str = ""
    column: str = ""
    chunk: int | None = None
    max_failures: int | None = None

    def action_for(self, state: RunState, *, orphaned: bool = False) -> RunAction:
        """What to do about a date whose run has `state`. Queued and running runs are left alone, unless orphaned:
        nothing else would ever start those."""
        if not state:
            return RunAction.KEPT if self.only == Selection.FAILED else RunAction.NEW
        if orphaned:
            return RunAction.AGAIN
        if state in ACTIVE_RUN_STATES:
            return RunAction.KEPT
        rerun = self.everything or self.only == Selection.HOLES
        rerun = rerun or (state == RunState.FAILED and self.only != Selection.MISSING)
        return RunAction.AGAIN if rerun else RunAction.KEPT

    @property
    def is_throttled(self) -> bool:
        """Whether a run may start only when another one has ended, or none after too many failures."""
        return self.max_active is not None or self.max_failures is not None

    @property
    def reprocess(self) -> Reprocess:
        """The same for Airflow's own engine."""
        return Reprocess.COMPLETED if self.everything else REPROCESS[self.only]


@dataclass(frozen=True)
class BackfillPlan:
    """`runs` in the order of their dates. `existing`: instant and state of every run in the range, requested or not.

    `open_backfill`: one of the DAG that Airflow has not closed. `obstacle`: why this one must not start. `siblings`: of
    a chunk, the bounds of all chunks. `warnings`: what the user should know before it starts. `scheduled`: what starts
    besides, if the DAG is to be unpaused. `rerun_conf`: what the request's conf does to that of runs that run again.
    `downstream`: the DAGs that its runs start.
    """

    dag: DagDetails
    request: BackfillRequest
    start: date
    end: date
    engine: EngineName
    runs: tuple[PlannedRun, ...]
    open_backfill: NativeBackfill | None = None
    existing: tuple[tuple[datetime, RunState], ...] = ()
    obstacle: MlopsctlError | None = None
    siblings: tuple[Interval, ...] = ()
    warnings: tuple[str, ...] = ()
    scheduled: ScheduledRuns | None = None
    rerun_conf: RerunConf | None = None
    downstream: tuple[DownstreamDag, ...] = ()

    @cached_property
    def day_bounds(self) -> Interval:
        """The first and the last instant of the range in the DAG's time zone."""
        return dates.day_bounds(self.start, self.end, self.dag.timezone)

    @cached_property
    def bounds(self) -> Interval:
        """The same, extended to the logical dates of a DAG without a schedule: the range in which to look for runs."""
        first, last = self.day_bounds
        instants = [run.logical_date for run in self.runs]
        return min([first, *instants]), max([last, *instants])

    @cached_property
    def logical_dates(self) -> frozenset[datetime]:
        return frozenset(run.logical_date for run in self.runs)

    @cached_property
    def unrequested(self) -> Mapping[RunState, int]:
        """The existing runs in the range that are not part of the plan, by state."""
        first, last = self.bounds
        return Counter(state for at, state in self.existing if first <= at <= last and at not in self.logical_dates)

    def runs_to(self, action: RunAction) -> list[PlannedRun]:
        """In the order in which they are to start."""
        chosen = [run for run in self.runs if run.action == action]
        return chosen[::-1] if self.request.reverse else chosen

    @property
    def new_dates(self) -> list[datetime]:
        """The logical dates for which a run is to be created."""
        return [run.logical_date for run in self.changed if run.action == RunAction.NEW or run.replaced]

    @cached_property
    def changed(self) -> tuple[PlannedRun, ...]:
        """The runs to create or to run again."""
        return tuple(run for run in self.runs if run.action != RunAction.KEPT)

    @property
    def has_pending(self) -> bool:
        """Whether there is anything to start or to wait for."""
        return bool(self.changed or any(run.state in ACTIVE_RUN_STATES for run in self.runs))

    @property
    def max_active(self) -> int:
        """Airflow's backfill has a default of its own, 10, and ignores the DAG's: it is given the DAG's."""
        return self.request.max_active or self.dag.max_active_runs

    @property
    def runs_at_once(self) -> bool:
        """Whether several of its runs may run at a time."""
        return len(self.changed) > 1 and self.max_active > 1

    @property
    def resumes_open(self) -> bool:
        """Whether the open backfill is exactly this one, started by an mlopsctl that has left."""
        return self.open_backfill is not None and _interval(self.open_backfill) == self.day_bounds

    def owns(self, record: NativeBackfill) -> bool:
        """Whether it is this backfill or one of its chunks. Only mlopsctl's end on the last microsecond of a day."""
        return _interval(record) in (self.siblings or tuple(chunk.day_bounds for chunk in self.chunks()))

    @property
    def active_owner(self) -> str:
        """The id of a backfill of engine `runs` with a run that is still under way: this one continues it."""
        active = [run for run in self.runs if run.state in ACTIVE_RUN_STATES and not run.orphaned]
        return next((run.owner for run in active if run.owner), "")

    def chunks(self) -> Iterator["BackfillPlan"]:
        """Plans of `request.chunk` days each, in the order in which to run them; without --chunk, this plan."""
        if not self.request.chunk or not self.runs:
            yield self
            return
        request = replace(self.request, chunk=None)
        by_number: dict[int, list[PlannedRun]] = {}
        for run in self.runs:
            by_number.setdefault((run.date - self.start).days // self.request.chunk, []).append(run)
        chunks = [
            replace(self, request=request, start=runs[0].date, end=runs[-1].date, runs=tuple(runs))
            for runs in by_number.values()
        ]
        siblings = tuple(chunk.day_bounds for chunk in chunks)
        yield from (replace(chunk, siblings=siblings) for chunk in (chunks[::-1] if request.reverse else chunks))


def _interval(record: NativeBackfill) -> Interval:
    return record.start, record.end
