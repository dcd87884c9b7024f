"""From a range of days to a plan: the dates of the schedule, joined with the runs that exist. Reads only."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from mlopsctl.adapters.airflow.interface import MAX_SLOTS, AirflowApi, RequestRejected
from mlopsctl.adapters.airflow.run_owner import OWN_RUN_ID
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails, DagRun, Interval, PlannedRun
from mlopsctl.core.states import ACTIVE_RUN_STATES, Reprocess, RunState
from mlopsctl.operations import preflight
from mlopsctl.operations.backfill.engines import choose_engine
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.dags import cron_dates

Slots = Mapping[datetime, Interval]  # the dates of a schedule with their data intervals
RunReader = Callable[[str, datetime, datetime], Sequence[DagRun]]  # the runs of a DAG between two instants
SHORT_RANGE = 31  # days from which Airflow's dry run is asked about a day first, instead of an hour
LONG_RANGE = 366  # days from which the timetable is asked
PROBE = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
SHORT_PROBE = timedelta(hours=1)
MANY_DATES = 800  # from which the timetable is faster than the dry run, which makes a query for each date


@dataclass(frozen=True)
class Sources:
    """What to ask besides the API; None: nothing.

    `slots`: the schedule in a range. `empty_days`: the days of a range without a row in the DAG's table. `unclearable`:
    ids of runs that clearing would orphan. `empty_runs`: ids of successful runs in a range without an ended
    task. `runs`: instead of the API's list.
    """

    slots: Callable[[Interval], Slots] | None = None
    empty_days: Callable[[date, date], Collection[date]] | None = None
    unclearable: Callable[[], Collection[str]] | None = None
    empty_runs: Callable[[Interval], Collection[str]] | None = None
    runs: RunReader | None = None


def resolve(
    api: AirflowApi,
    dag: DagDetails,
    start: date,
    end: date,
    request: BackfillRequest,
    sources: Sources | None = None,
    now: datetime | None = None,
) -> BackfillPlan:
    """The plan, not checked yet. `now`: None is the present.

    Raises UsageError if no run of the range can start yet.
    """
    end, request, warnings = _leave_out_today(dag, start, end, request, now or datetime.now(UTC))
    plan = BackfillPlan(dag, request, start, end, choose_engine(dag, request), (), warnings=warnings)
    return _Resolver(api, plan, sources or Sources()).resolve()


def _leave_out_today(
    dag: DagDetails, start: date, end: date, request: BackfillRequest, now: datetime
) -> tuple[date, BackfillRequest, tuple[str, ...]]:
    """The range without its last day if that has begun but its run cannot start yet; and a warning about it."""
    same = "--dates yesterday" if request.days else "--from yesterday --to yesterday"
    why = preflight.not_started_yet(dag, end, now, f"use {same}")
    if not why:
        return end, request, ()
    if start == end:
        raise why
    days = tuple(day for day in request.days if day != end)
    end = days[-1] if days else end - timedelta(days=1)
    return end, replace(request, days=days), (f"{why.message} It is left out.",)


class _Resolver:
    def __init__(self, api: AirflowApi, plan: BackfillPlan, sources: Sources) -> None:
        self.api, self.plan, self.sources = api, plan, sources
        self.dag, self.request = plan.dag, plan.request
        self.zone = dates.load_timezone(plan.dag.timezone)
        self.slots: Slots = {}
        self.unclearable: Collection[str] = ()
        self.empty: Collection[str] = ()

    def resolve(self) -> BackfillPlan:
        days = dates.days(self.plan.start, self.plan.end)
        instants = [] if self.dag.periodic else [dates.logical_date_of(day, self.dag.timezone) for day in days]
        first, last = self.plan.day_bounds
        bounds = min([first, *instants]), max([last, *instants])
        with ThreadPoolExecutor(4) as pool:
            reading = pool.submit(self.sources.runs or self.api.runs, self.dag.dag_id, *bounds)
            asking = pool.submit(self.sources.unclearable or tuple)
            empty = pool.submit(self.sources.empty_runs or _none, bounds)
            scheduled = self._scheduled(bounds, pool) if self.dag.periodic else instants
            existing = {run.logical_date: run for run in reading.result()}
            self.unclearable, self.empty = asking.result(), empty.result()
        found = {at: run for at, run in existing.items() if at}
        if self.dag.periodic:
            scheduled = self._with_active(scheduled, bounds, list(found.values()))
        runs = tuple(self._planned(at, found.get(at)) for at in self._selected(scheduled))
        return replace(self.plan, runs=runs, existing=tuple((at, run.state) for at, run in found.items()))

    def _scheduled(self, bounds: Interval, pool: Executor) -> list[datetime]:
        """From Airflow's own dry run, which leaves out queued and running dates; of many dates, from the timetable.
        Raises MlopsctlError if the schedule has no date at all: Airflow's answer is then an exception of croniter."""
        if problem := next((found for found in cron_dates.problems(self.dag.schedule or "") if found.never), None):
            message = f"the schedule of {self.dag.dag_id} has no date: {problem.message}."
            raise MlopsctlError(message, hint=problem.hint, code="no-dates")
        ask, (first, last) = self.sources.slots, bounds
        if ask and not self.dag.backfillable:  # there is no dry run
            self.slots = ask(bounds)
            return self._limited(self.slots)
        days = (last - first).days + 1
        probe = PROBE if days > SHORT_RANGE else SHORT_PROBE
        probed_to = min(first + probe - MOMENT, last) if ask else last
        asking = pool.submit(ask, bounds) if ask and (days > LONG_RANGE or not self.dag.empty_intervals) else None
        probed = self._dry_run(first, probed_to)  # it also shows whether a backfill is allowed
        if asking:
            self.slots = asking.result()
        elif ask and len(probed) * ((last - first) / probe) > MANY_DATES:
            self.slots = ask(bounds)
        else:
            # The whole range again: Airflow counts the dates of an interval schedule from the start that it is given.
            return probed if probed_to == last else self._dry_run(first, last)
        return self._limited(self.slots)

    def _limited(self, slots: Slots) -> list[datetime]:
        """Raises UsageError for too many dates: planning them would take minutes, and running them days."""
        found = list(slots)
        if len(found) <= MAX_SLOTS:
            return found
        last = found[MAX_SLOTS].astimezone(self.zone).date() - timedelta(days=1)
        raise UsageError(
            f"{self.dag.dag_id} has more than {MAX_SLOTS:,} runs from {self.plan.start} to {self.plan.end}.",
            hint=f"use a shorter range, such as --from {self.plan.start} --to {last}, and then the next",
            code="too-many-runs",
        )

    def _dry_run(self, start: datetime, end: datetime) -> list[datetime]:
        if start > end:
            return []
        try:
            return self.api.dry_run_backfill(self.dag.dag_id, start, end, reprocess=Reprocess.COMPLETED)
        except RequestRejected as e:
            hint = Hint.of("dags", "list", note="shows its schedule")
            raise MlopsctlError(e.message, hint=hint, code="refused") from e

    def _with_active(self, instants: list[datetime], bounds: Interval, runs: list[DagRun]) -> list[datetime]:
        """With the dates of queued and running runs, which the dry run leaves out."""
        active = {run.logical_date: run for run in runs if run.state in ACTIVE_RUN_STATES and run.logical_date}
        scheduled = {at for at, run in active.items() if _is_scheduled(run)}
        manual = active.keys() - scheduled - set(instants)
        if manual and not self.slots and self.sources.slots:
            self.slots = self.sources.slots(bounds)
        return sorted({*instants, *scheduled, *(manual & self.slots.keys())})

    def _selected(self, instants: list[datetime]) -> list[datetime]:
        """The requested dates. Their day is the one in the DAG's time zone, and not `ds`, which is the day before for a
        run at 04:00 in Seoul."""
        day_of = {at: at.astimezone(self.zone).date() for at in instants}
        if days := set(self.request.days):
            day_of = {at: day for at, day in day_of.items() if day in days}
        if self.sources.empty_days and day_of:
            empty = set(self.sources.empty_days(min(day_of.values()), max(day_of.values())))
            day_of = {at: day for at, day in day_of.items() if day in empty}
        return list(day_of)

    def _planned(self, at: datetime, run: DagRun | None) -> PlannedRun:
        day = at.astimezone(self.zone).date()
        interval = self.slots.get(at) or ((at, at) if self.dag.empty_intervals else None)
        if run is None:
            return PlannedRun(day, at, self.request.action_for(RunState.NONE), interval=interval)
        unclearable = run.run_id in self.unclearable
        orphaned = unclearable and run.state == RunState.QUEUED
        action = self.request.action_for(run.state, orphaned=orphaned)
        interval = run.interval or interval
        empty = run.run_id in self.empty
        return PlannedRun(day, at, action, run.state, run.run_id, interval, orphaned, unclearable, run.owner, empty)


def _none(_bounds: Interval) -> Collection[str]:
    return ()


def _is_scheduled(run: DagRun) -> bool:
    """Whether it is certain to be on a date of the schedule. A manual run may have any logical date."""
    return run.run_type in ("scheduled", "backfill") or bool(OWN_RUN_ID.match(run.run_id))
