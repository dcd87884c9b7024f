"""What is wished of a backfill, and what it would do."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from mlopsctl.adapters.airflow.release import MAX_RUNS_PER_LOOP
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import DagDetails, NativeBackfill, PlannedRun
from mlopsctl.core.states import ACTIVE_RUN_STATES, EngineName, Reprocess, RunAction, RunState, Selection

REPROCESS = {Selection.UNFINISHED: Reprocess.FAILED, Selection.MISSING: Reprocess.NONE}


@dataclass(frozen=True)
class BackfillRequest:
    """What the user asks for. `everything`: successes are to run again too. `conf` None: as the DAG has it.

    `days`: these alone. `table`, `column`: where a hole is seen. `chunk`: so many days at a time. `max_failures`: when
    so many dates have failed, no more are begun.
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

    def action(self, state: RunState, *, orphaned: bool = False) -> RunAction:
        """What becomes of a date whose run has `state` (empty: none). Queued and running runs are never touched, but
        for a `orphaned` one, which nothing else would ever touch."""
        if not state:
            return RunAction.NEW if self.only != "failed" else RunAction.KEPT
        if orphaned:
            return RunAction.AGAIN
        if state in ACTIVE_RUN_STATES:
            return RunAction.KEPT
        redo = self.everything or self.only == "holes" or (state == "failed" and self.only != "missing")
        return RunAction.AGAIN if redo else RunAction.KEPT


@dataclass(frozen=True)
class BackfillPlan:
    """`runs` in the order of their dates. `there`: the instants and states of all runs in the range, asked for or not.
    `open`: a backfill that Airflow has not closed. `busy`: runs of other DAGs that are running. `obstacle`: why it must
    not begin. `parts`: of a piece, the `days` of all pieces. `notes`: what was left out."""

    dag: DagDetails
    request: BackfillRequest
    start: date
    end: date
    engine: EngineName
    runs: tuple[PlannedRun, ...]
    open: NativeBackfill | None = None
    there: tuple[tuple[datetime, RunState], ...] = ()
    busy: int = 0
    obstacle: MlopsctlError | None = None
    parts: tuple[tuple[datetime, datetime], ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def days(self) -> tuple[datetime, datetime]:
        """The first and the last instant of the range in the DAG's time zone."""
        return dates.day_bounds(self.start, self.end, self.dag.timezone)

    @cached_property
    def bounds(self) -> tuple[datetime, datetime]:
        """The instants between which Airflow is asked: whole days, and, without a schedule, our logical dates."""
        first, last = self.days
        instants = [run.logical_date for run in self.runs]
        return min([first, *instants]), max([last, *instants])

    @cached_property
    def wanted(self) -> frozenset[datetime]:
        return frozenset(run.logical_date for run in self.runs)

    @cached_property
    def others(self) -> Mapping[RunState, int]:
        """The runs in the range that are not asked for, by their states."""
        first, last = self.bounds
        return Counter(state for at, state in self.there if first <= at <= last and at not in self.wanted)

    def of(self, action: str) -> list[PlannedRun]:
        """The runs to be made (`new`) or run `again`, in the order in which they are to start."""
        chosen = [run for run in self.runs if run.action == action]
        return chosen[::-1] if self.request.reverse else chosen

    @property
    def work(self) -> int:
        """How many runs there are to make or to run again."""
        return sum(run.action != "kept" for run in self.runs)

    @property
    def waits(self) -> bool:
        """Whether anything is to be waited for."""
        return bool(self.work or any(run.state in ACTIVE_RUN_STATES for run in self.runs))

    @property
    def max_active(self) -> int:
        """Airflow's backfill has a limit of its own, 10, and forgets the DAG's: the DAG's holds unless one is given."""
        return self.request.max_active or self.dag.max_active_runs

    @property
    def reprocess(self) -> Reprocess:
        return Reprocess.COMPLETED if self.request.everything else REPROCESS[self.request.only]

    @property
    def ours(self) -> bool:
        """Whether the open backfill is this very one, begun by an mlopsctl that is gone."""
        return self.open is not None and (self.open.start, self.open.end) == self.days

    def is_ours(self, backfill: NativeBackfill) -> bool:
        """Whether it is this one, or one of its pieces. Nobody else's range ends on the last microsecond of a day."""
        known = self.parts or tuple(piece.days for piece in self.pieces())
        return (backfill.start, backfill.end) in known

    @property
    def standing_id(self) -> str:
        """The id of a backfill run by run of which a run is still under way: this one goes on with it. Empty: none."""
        return next(
            (run.owner for run in self.runs if run.state in ACTIVE_RUN_STATES and not run.orphaned and run.owner), ""
        )

    def pieces(self) -> Iterator["BackfillPlan"]:
        """Plans of so many days each, in the order in which they are to be done; without --chunk, this one alone."""
        if not self.request.chunk or not self.runs:
            yield self
            return
        whole = replace(self.request, chunk=None)
        found: dict[int, list[PlannedRun]] = {}
        for run in self.runs:
            found.setdefault((run.date - self.start).days // self.request.chunk, []).append(run)
        made = [
            replace(self, request=whole, start=runs[0].date, end=runs[-1].date, runs=tuple(runs))
            for runs in found.values()
        ]
        parts = tuple(piece.days for piece in made)
        yield from (replace(piece, parts=parts) for piece in (made[::-1] if self.request.reverse else made))

    def warnings(self) -> list[str]:
        """What a user should know before it begins."""
        return list(self._warnings())

    def _warnings(self) -> Iterator[str]:
        yield from self.notes
        shifted = [run for run in self.runs if run.ds != run.date.isoformat()]
        if shifted:
            at = shifted[0].logical_date.astimezone(dates.load_timezone(self.dag.timezone))
            yield (
                f"ds is not the day that is named in {len(shifted)} of {len(self.runs)} runs: ds is a UTC date, so the "
                f"run of {at:%Y-%m-%d %H:%M} {self.dag.timezone} has ds {shifted[0].ds}."
            )
        if idle := set(self.request.days) - {run.date for run in self.runs} if self.request.only != "holes" else None:
            yield f"the schedule of {self.dag.dag_id} has no run on {dates.format_days(idle)}."
        if self.request.conf is not None and self.engine == "runs" and self.of("again"):
            yield "--conf reaches new runs only: a run that runs again keeps its own conf."
        if self.engine == "runs" and self.work > self.dag.max_active_runs < self.max_active:
            yield (
                f"no more than {self.dag.max_active_runs} runs of {self.dag.dag_id} run at a time: its own "
                f"max_active_runs is below --max-active {self.max_active}."
            )
        if self.engine == "airflow" and self.work and self.busy >= MAX_RUNS_PER_LOOP:
            yield (
                f"{self.busy} runs of other DAGs are running: beside {MAX_RUNS_PER_LOOP} or more, Airflow gives the "
                "runs of a backfill no task until some of them have ended (apache/airflow#58554)."
            )
