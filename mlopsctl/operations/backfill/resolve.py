"""The dates that are wanted, joined with the runs that stand there. Reads only."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from mlopsctl.adapters.airflow.interface import AirflowApi, RequestRejected
from mlopsctl.adapters.airflow.run_owner import OWN_RUN_ID
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails, DagRun, Interval, PlannedRun
from mlopsctl.core.states import ACTIVE_RUN_STATES, EngineName, Reprocess, RunState
from mlopsctl.operations import preflight
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest

Bounds = tuple[datetime, datetime]
Slots = Mapping[datetime, Interval]
Reader = Callable[[str, datetime, datetime], Sequence[DagRun]]  # the runs of a DAG between two instants
SHORT, LONG = 31, 366  # days: of so few, Airflow's dry run is asked for all; of so many, the timetable itself
PROBE = timedelta(days=7)
MANY = 800  # dates from which the timetable is the faster one: the dry run makes a query for each


@dataclass(frozen=True)
class Sources:
    """Where else to ask. `slots`: the dates of a schedule in a range, with their data intervals. `holes`: the days of
    a range without a row. `unclearable`: ids of runs that, once queued, stay so. `runs`: as the API lists."""

    slots: Callable[[Bounds], Slots] | None = None
    holes: Callable[[date, date], Collection[date]] | None = None
    unclearable: Callable[[], Collection[str]] | None = None
    runs: Reader | None = None


def join(
    api: AirflowApi,
    dag: DagDetails,
    start: date,
    end: date,
    request: BackfillRequest,
    sources: Sources | None = None,
    now: datetime | None = None,
) -> BackfillPlan:
    """The plan before its checks: what is wanted, and what is there. Without `sources`, the API alone is asked.

    Raises UsageError where no run of the range can begin yet. `now`: None means the present.
    """
    sources = sources or Sources()
    end, request, notes = _begun(dag, start, end, request, now or datetime.now(UTC))
    instants = [] if dag.periodic else [dates.logical_date_of(day, dag.timezone) for day in dates.days(start, end)]
    bounds = dates.day_bounds(start, end, dag.timezone)
    if instants:
        bounds = min(bounds[0], instants[0]), max(bounds[1], instants[-1])
    slots: Slots = {}
    with ThreadPoolExecutor(2) as pool:
        reading = pool.submit(sources.runs or api.runs, dag.dag_id, *bounds)
        asking = pool.submit(sources.unclearable or tuple)
        if dag.periodic:
            instants, slots = _scheduled(api, dag, bounds, request, sources)
        runs, unclearable = reading.result(), asking.result()
    if dag.periodic:
        instants = _with_moving(instants, slots, bounds, runs, sources)
    instants = _chosen(instants, dag.timezone, request, sources)
    standing = {run.logical_date: run for run in runs if run.logical_date}
    planned = tuple(_planned(at, standing.get(at), slots.get(at), dag, request, unclearable) for at in instants)
    there = tuple((at, run.state) for at, run in standing.items())
    engine: Literal["airflow", "runs"] = "runs"
    if dag.periodic and request.only in ("unfinished", "missing") and not request.days:
        engine = "airflow"
    return BackfillPlan(dag, request, start, end, EngineName(engine), planned, there=there, notes=notes)


def _begun(
    dag: DagDetails, start: date, end: date, request: BackfillRequest, now: datetime
) -> tuple[date, BackfillRequest, tuple[str, ...]]:
    """The range without its last day where that has begun, but its run cannot; and the sentence that says so."""
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
    api: AirflowApi, dag: DagDetails, bounds: Bounds, request: BackfillRequest, sources: Sources
) -> tuple[list[datetime], Slots]:
    """Airflow's own dry run, which leaves out the queued and running ones; of many dates, the timetable itself."""
    first, last = bounds
    days = (last - first).days + 1
    after = min(first + PROBE, last) if days > SHORT else last
    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(sources.slots, bounds) if sources.slots and (days > LONG or not dag.exact) else None
        probed = _dry_run(api, dag.dag_id, (first, after), request)  # it also says whether it may be
        if early:
            return list(early.result()), early.result()
    if sources.slots and days > SHORT and len(probed) * days > MANY * PROBE.days:
        slots = sources.slots(bounds)
        return list(slots), slots
    after += timedelta(microseconds=1)
    return probed + (_dry_run(api, dag.dag_id, (after, last), request) if after <= last else []), {}


def _dry_run(api: AirflowApi, dag_id: str, bounds: Bounds, request: BackfillRequest) -> list[datetime]:
    try:
        return api.dry_run_backfill(dag_id, *bounds, reprocess=Reprocess.COMPLETED, conf=request.conf)
    except RequestRejected as e:
        raise MlopsctlError(
            e.message, hint=Hint.of("dags", "list", note="its schedule is there"), code="refused"
        ) from e


def _with_moving(
    instants: Sequence[datetime], slots: Slots, bounds: Bounds, runs: Sequence[DagRun], sources: Sources
) -> list[datetime]:
    """With the dates of the queued and running runs, which the dry run leaves out."""
    moving = {
        run.logical_date: _of_schedule(run) for run in runs if run.state in ACTIVE_RUN_STATES and run.logical_date
    }
    ours = {at for at, sure in moving.items() if sure}
    by_hand = moving.keys() - ours - set(instants)
    if by_hand and not slots and sources.slots:
        slots = sources.slots(bounds)
    return sorted({*instants, *ours, *(by_hand & slots.keys())})


def _of_schedule(run: DagRun) -> bool:
    """Surely on a date of the schedule, as a backfill's own runs are. One by hand may have any logical date."""
    return run.run_type in ("scheduled", "backfill") or bool(OWN_RUN_ID.match(run.run_id))


def _chosen(instants: Sequence[datetime], timezone: str, request: BackfillRequest, sources: Sources) -> list[datetime]:
    """Those of the days that were named, or, of holes, those whose day is one: the day in the DAG's time zone, by which
    it is named, and not its `ds`, which at 04:00 in Seoul is the day before."""
    zone = dates.load_timezone(timezone)
    named = {at: at.astimezone(zone).date() for at in instants}
    if days := set(request.days):
        named = {at: day for at, day in named.items() if day in days}
    if sources.holes and named:
        empty = set(sources.holes(min(named.values()), max(named.values())))
        named = {at: day for at, day in named.items() if day in empty}
    return list(named)


def _planned(
    at: datetime,
    run: DagRun | None,
    slot: Interval | None,
    dag: DagDetails,
    request: BackfillRequest,
    unclearable: Collection[str],
) -> PlannedRun:
    day = at.astimezone(dates.load_timezone(dag.timezone)).date()
    interval = slot or ((at, at) if dag.exact else None)
    if run is None:
        return PlannedRun(day, at, request.action(RunState.NONE), interval=interval)
    is_unclearable = run.run_id in unclearable
    stuck = is_unclearable and run.state == "queued"
    action = request.action(run.state, orphaned=stuck)
    return PlannedRun(
        day, at, action, run.state, run.run_id, run.interval or interval, stuck, is_unclearable, run.owner
    )
