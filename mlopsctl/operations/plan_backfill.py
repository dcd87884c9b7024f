"""What a backfill would do: the dates that are wanted, joined with the runs that stand there. Reads only."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

from mlopsctl import dates
from mlopsctl.adapters.airflow_api import ACTIVE, AirflowApi, Reprocess
from mlopsctl.adapters.airflow_http import Refused
from mlopsctl.errors import MlopsctlError, UsageError
from mlopsctl.model import Backfill, DagDetails, DagRun, PlannedRun
from mlopsctl.operations import check_backfill

Only = Literal["unfinished", "missing", "failed"]
RUN_ID_PREFIX = "mlopsctl__"  # of our runs; never as Airflow's own begin: manual__, scheduled__, backfill__
REPROCESS: dict[str, Reprocess] = {"unfinished": "failed", "missing": "none"}


@dataclass(frozen=True)
class Wish:
    """What the user asks for. `everything`: successes are to run again too. `conf` None: as the DAG has it."""

    only: Only = "unfinished"
    everything: bool = False
    reverse: bool = False
    max_active: int | None = None
    conf: Mapping[str, Any] | None = None
    unpause: bool = False
    repause: bool = False

    def action(self, state: str) -> Literal["new", "again", "kept"]:
        """What becomes of a date whose run has `state` (empty: none). Queued and running runs are never touched."""
        if not state:
            return "new" if self.only != "failed" else "kept"
        if state in ACTIVE:
            return "kept"
        if self.everything or (state == "failed" and self.only != "missing"):
            return "again"
        return "kept"


@dataclass(frozen=True)
class BackfillPlan:
    """`runs` in the order of their dates. `open`: a backfill that Airflow has not closed. `others`: states of runs in
    the range that belong to no date of the schedule. `obstacle`: why it must not begin."""

    dag: DagDetails
    wish: Wish
    start: date
    end: date
    engine: Literal["airflow", "runs"]
    runs: tuple[PlannedRun, ...]
    open: Backfill | None = None
    others: Mapping[str, int] | None = None
    obstacle: MlopsctlError | None = None

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

    def of(self, action: str) -> list[PlannedRun]:
        """The runs to be made (`new`) or run `again`, in the order in which they are to start."""
        chosen = [run for run in self.runs if run.action == action]
        return chosen[::-1] if self.wish.reverse else chosen

    @property
    def work(self) -> int:
        """How many runs there are to make or to run again."""
        return sum(run.action != "kept" for run in self.runs)

    @property
    def waits(self) -> bool:
        """Whether anything is to be waited for."""
        return bool(self.work or any(run.state in ACTIVE for run in self.runs))

    @property
    def max_active(self) -> int:
        """Airflow's backfill has a limit of its own, 10, and forgets the DAG's: the DAG's holds unless one is given."""
        return self.wish.max_active or self.dag.max_active_runs

    @property
    def reprocess(self) -> Reprocess:
        return "completed" if self.wish.everything else REPROCESS[self.wish.only]

    @property
    def ours(self) -> bool:
        """Whether the open backfill is this very one, begun by an mlopsctl that is gone."""
        return self.open is not None and self.is_ours(self.open)

    def is_ours(self, backfill: Backfill) -> bool:
        """Nobody else's range ends on the last microsecond of a day."""
        return (backfill.start, backfill.end) == self.days

    def warnings(self) -> list[str]:
        """What a user should know before it begins."""
        said = []
        shifted = [run for run in self.runs if run.ds != run.date.isoformat()]
        if shifted:
            at = shifted[0].logical_date.astimezone(dates.zone(self.dag.timezone))
            said.append(
                f"ds is not the day that is named in {len(shifted)} of {len(self.runs)} runs: ds is a UTC date, so the "
                f"run of {at:%Y-%m-%d %H:%M} {self.dag.timezone} has ds {shifted[0].ds}."
            )
        if self.wish.conf is not None and self.engine == "runs" and self.of("again"):
            said.append("--conf reaches new runs only: a run that runs again keeps its own conf.")
        return said


def plan(api: AirflowApi, dag: DagDetails, start: str, end: str, wish: Wish) -> BackfillPlan:
    """Raises UsageError for a range that is none, MlopsctlError for a DAG that cannot be backfilled."""
    first, last = dates.parse_range(start, end, today=dates.today_in(dag.timezone))
    made = join(api, dag, first, last, wish)
    if not made.runs:
        raise UsageError(
            f"{dag.dag_id} has no run to backfill from {start} to {end}: its schedule is {dag.schedule}, and an "
            "interval that is not over does not count.",
            code="empty-range",
        )
    return check_backfill.check(api, made)


def join(api: AirflowApi, dag: DagDetails, start: date, end: date, wish: Wish) -> BackfillPlan:
    """The plan before its checks: what is wanted, and what is there."""
    instants = _unscheduled(start, end, dag.timezone)
    bounds = dates.day_bounds(start, end, dag.timezone)
    if not dag.periodic:
        bounds = min(bounds[0], instants[0]), max(bounds[1], instants[-1])
    runs = api.runs(dag.dag_id, *bounds)
    if dag.periodic:
        instants = _scheduled(api, dag.dag_id, bounds, wish, runs)
    standing = {run.logical_date: run for run in runs}
    planned = tuple(_planned(at, standing.get(at), dag.timezone, wish) for at in instants)
    others = Counter(run.state for run in runs if run.logical_date not in set(instants))
    engine: Literal["airflow", "runs"] = "airflow" if dag.periodic and wish.only != "failed" else "runs"
    return BackfillPlan(dag, wish, start, end, engine, planned, others=others)


def _unscheduled(start: date, end: date, timezone: str) -> list[datetime]:
    return [dates.logical_date_of(day, timezone) for day in dates.days(start, end)]


def _scheduled(
    api: AirflowApi, dag_id: str, bounds: tuple[datetime, datetime], wish: Wish, runs: Sequence[DagRun]
) -> list[datetime]:
    """Airflow's own dry run, which leaves out the queued and running ones; these are put back."""
    try:
        listed = api.dry_run_backfill(dag_id, *bounds, reprocess="completed", conf=wish.conf)
    except Refused as e:
        raise MlopsctlError(e.message, hint=f"mlopsctl dags list, and the schedule of {dag_id}", code="refused") from e
    moving = [run.logical_date for run in runs if run.state in ACTIVE and _of_schedule(run) and run.logical_date]
    return sorted({*listed, *moving})


def _of_schedule(run: DagRun) -> bool:
    """A run by hand may have any logical date; ours are made on dates of the schedule."""
    return run.run_type in ("scheduled", "backfill") or run.run_id.startswith(RUN_ID_PREFIX)


def _planned(at: datetime, run: DagRun | None, timezone: str, wish: Wish) -> PlannedRun:
    state = run.state if run else ""
    day = at.astimezone(dates.zone(timezone)).date()
    return PlannedRun(day, at, wish.action(state), state, run.run_id if run else "")
