"""From a range of days to a plan: the dates of the schedule, joined with the runs that exist. Reads only."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from mlopsctl.adapters.airflow.interface import AirflowApi, RequestRejected
from mlopsctl.adapters.airflow.run_owner import OWN_RUN_ID
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails, DagRun, Interval, PlannedRun
from mlopsctl.core.states import ACTIVE_RUN_STATES, Reprocess, RunState
from mlopsctl.operations import preflight
from mlopsctl.operations.backfill.engines import choose_engine
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest

Slots = Mapping[datetime, Interval]  # the dates of a schedule with their data intervals
RunReader = Callable[[str, datetime, datetime], Sequence[DagRun]]  # the runs of a DAG between two instants
SHORT_RANGE = 31  # days for which Airflow's dry run is asked at once
LONG_RANGE = 366  # days from which the timetable is asked
PROBE = timedelta(days=7)
MANY_DATES = 800  # from which the timetable is faster than the dry run, which makes a query for each date


@dataclass(frozen=True)
class Sources:
    """What to ask besides the API; None: nothing.

    `slots`: the schedule in a range. `empty_days`: the days of a range without a row in the DAG's table. `unclearable`:
    ids of runs that clearing would orphan. `runs`: instead of the API's list.
    """

    slots: Callable[[Interval], Slots] | None = None
    empty_days: Callable[[date, date], Collection[date]] | None = None
    unclearable: Callable[[], Collection[str]] | None = None
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
    sources = sources or Sources()
    end, request, warnings = _leave_out_today(dag, start, end, request, now or datetime.now(UTC))
    instants = [] if dag.periodic else [dates.logical_date_of(day, dag.timezone) for day in dates.days(start, end)]
    bounds = dates.day_bounds(start, end, dag.timezone)
    if instants:
        bounds = min(bounds[0], instants[0]), max(bounds[1], instants[-1])
    slots: Slots = {}
    with ThreadPoolExecutor(3) as pool:
        reading = pool.submit(sources.runs or api.runs, dag.dag_id, *bounds)
        asking = pool.submit(sources.unclearable or tuple)
        if dag.periodic:
            instants, slots = _scheduled(api, dag, bounds, request, sources, pool)
        runs, unclearable = reading.result(), asking.result()
    if dag.periodic:
        instants = _with_active(instants, slots, bounds, runs, sources)
    instants = _select(instants, dag.timezone, request, sources)
    existing = {run.logical_date: run for run in runs if run.logical_date}
    join = _Join(dag, request, slots, unclearable)
    return BackfillPlan(
        dag,
        request,
        start,
        end,
        choose_engine(dag, request),
        tuple(join.planned(at, existing.get(at)) for at in instants),
        existing=tuple((at, run.state) for at, run in existing.items()),
        warnings=warnings,
    )


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


def _scheduled(
    api: AirflowApi, dag: DagDetails, bounds: Interval, request: BackfillRequest, sources: Sources, pool: Executor
) -> tuple[list[datetime], Slots]:
    """From Airflow's own dry run, which leaves out queued and running dates; of many dates, from the timetable."""
    first, last = bounds
    days = (last - first).days + 1
    probed_to = min(first + PROBE, last) if days > SHORT_RANGE else last
    asking = pool.submit(sources.slots, bounds) if sources.slots and (days > LONG_RANGE or not dag.exact) else None
    probed = _dry_run(api, dag.dag_id, (first, probed_to), request)  # it also says whether a backfill is allowed
    if asking:
        return list(asking.result()), asking.result()
    if sources.slots and days > SHORT_RANGE and len(probed) * days > MANY_DATES * PROBE.days:
        slots = sources.slots(bounds)
        return list(slots), slots
    rest = probed_to + timedelta(microseconds=1), last
    return probed + (_dry_run(api, dag.dag_id, rest, request) if rest[0] <= last else []), {}


def _dry_run(api: AirflowApi, dag_id: str, bounds: Interval, request: BackfillRequest) -> list[datetime]:
    try:
        return api.dry_run_backfill(dag_id, *bounds, reprocess=Reprocess.COMPLETED, conf=request.conf)
    except RequestRejected as e:
        hint = Hint.of("dags", "list", note="shows its schedule")
        raise MlopsctlError(e.message, hint=hint, code="refused") from e


def _with_active(
    instants: Sequence[datetime], slots: Slots, bounds: Interval, runs: Sequence[DagRun], sources: Sources
) -> list[datetime]:
    """With the dates of queued and running runs, which the dry run leaves out."""
    active = [run for run in runs if run.state in ACTIVE_RUN_STATES and run.logical_date]
    scheduled = {run.logical_date for run in active if run.logical_date and _is_scheduled(run)}
    manual = {run.logical_date for run in active if run.logical_date} - scheduled - set(instants)
    if manual and not slots and sources.slots:
        slots = sources.slots(bounds)
    return sorted({*instants, *scheduled, *(manual & slots.keys())})


def _is_scheduled(run: DagRun) -> bool:
    """Whether it is certain to be on a date of the schedule. A manual run may have any logical date."""
    return run.run_type in ("scheduled", "backfill") or bool(OWN_RUN_ID.match(run.run_id))


def _select(instants: Sequence[datetime], timezone: str, request: BackfillRequest, sources: Sources) -> list[datetime]:
    """The dates that are requested. Their day is the one in the DAG's time zone, and not `ds`, which is the day before
    for a run at 04:00 in Seoul."""
    zone = dates.load_timezone(timezone)
    day_of = {at: at.astimezone(zone).date() for at in instants}
    if days := set(request.days):
        day_of = {at: day for at, day in day_of.items() if day in days}
    if sources.empty_days and day_of:
        empty = set(sources.empty_days(min(day_of.values()), max(day_of.values())))
        day_of = {at: day for at, day in day_of.items() if day in empty}
    return list(day_of)


@dataclass(frozen=True)
class _Join:
    dag: DagDetails
    request: BackfillRequest
    slots: Slots
    unclearable: Collection[str]

    def planned(self, at: datetime, run: DagRun | None) -> PlannedRun:
        day = at.astimezone(dates.load_timezone(self.dag.timezone)).date()
        interval = self.slots.get(at) or ((at, at) if self.dag.exact else None)
        if run is None:
            return PlannedRun(day, at, self.request.action_for(RunState.NONE), interval=interval)
        unclearable = run.run_id in self.unclearable
        orphaned = unclearable and run.state == RunState.QUEUED
        action = self.request.action_for(run.state, orphaned=orphaned)
        interval = run.interval or interval
        return PlannedRun(day, at, action, run.state, run.run_id, interval, orphaned, unclearable, run.owner)
