"""The plan of a backfill with all its checks: what a command asks for before it begins."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails, DagRun
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.preflight import check
from mlopsctl.operations.backfill.resolve import Bounds, Reader, Slots, Sources, join
from mlopsctl.operations.platform import Platform

MANY = 300  # runs from which the database is asked itself


def prepare(platform: Platform, dag: DagDetails, start: date, end: date, request: BackfillRequest) -> BackfillPlan:
    """`start` … `end`: days in the DAG's time zone. A plan without runs: no date of the range is a hole.

    Raises UsageError for a range without a run, MlopsctlError for a DAG that cannot be backfilled.
    """
    made = join(platform.api, dag, start, end, request, sources(platform, dag.dag_id, request))
    if not made.runs and request.only != "holes":
        raise UsageError(
            f"{dag.dag_id} has no run to backfill {_when(start, end, request)}: its schedule is {dag.schedule}, and an "
            "interval that is not over does not count.",
            hint=Hint.of(
                "runs",
                dag.dag_id,
                note="a single run for now:",
                other=(
                    "trigger",
                    str(dag.dag_id),
                ),
            ),
            code="empty-range",
        )
    return check(platform, made)


def _when(start: date, end: date, request: BackfillRequest) -> str:
    return "on these dates" if request.days else f"from {start} to {end}"


def sources(platform: Platform, dag_id: str, request: BackfillRequest) -> Sources:
    """What there is to ask beside the API."""

    def slots(bounds: Bounds) -> Slots:
        return schedule(platform, dag_id, bounds)

    def holes(first: date, last: date) -> Collection[date]:
        return empty_days(platform, dag_id, request, first, last)

    def unclearable() -> Collection[str]:
        return platform.metadata.unclearable_runs(dag_id)

    return Sources(slots, holes if request.only == "holes" else None, unclearable, reader(platform))


def reader(platform: Platform) -> Reader:
    """How runs are read: few by the API, many, of which it takes a millisecond for each, from the metadata."""

    def read(dag_id: str, start: datetime, end: datetime) -> Sequence[DagRun]:
        api = platform.api
        runs, number = api.runs_page(dag_id, start, end, (), MANY)
        if number == len(runs):
            return runs
        if number <= MANY:
            return api.runs(dag_id, start, end)
        return platform.metadata.runs_between(dag_id, start, end)

    return read


def schedule(platform: Platform, dag_id: str, bounds: Bounds) -> Slots:
    """The dates of a DAG's schedule with their data intervals. Raises MlopsctlError."""
    start, end = (at.isoformat() for at in bounds)
    words = {"timetable": platform.metadata.timetable(dag_id), "start": start, "end": end}
    slots = platform.airflow.run_script("schedule", words)["slots"]
    return {at: (first, last) for at, first, last in (map(datetime.fromisoformat, slot) for slot in slots)}


def table_of(platform: Platform, dag_id: str, request: BackfillRequest) -> tuple[str, str]:
    """The table that the DAG fills, and its column (empty: the usual one). Raises UsageError where nobody knows it."""
    kept = platform.settings.output_table(dag_id)
    if request.table:
        return request.table, request.column or (kept[1] if kept and kept[0] == request.table else "")
    if not kept:
        lines = ",".join([*platform.settings.fills, f"{dag_id}=mlops.TABLE.base_dt"])
        raise UsageError(
            f"nobody has said which table {dag_id} fills.",
            hint=f"say --table mlops.TABLE --column base_dt, or, once for all: mlopsctl config set fills {lines}",
        )
    return kept[0], request.column or kept[1]


def holes_left(platform: Platform, plan: BackfillPlan) -> list[date]:
    """Of a plan for holes, the days that still have no row."""
    days = [run.date for run in plan.runs]
    return sorted(set(days) & set(empty_days(platform, plan.dag.dag_id, plan.request, min(days), max(days))))


def empty_days(platform: Platform, dag_id: str, request: BackfillRequest, first: date, last: date) -> Collection[date]:
    """The days of a range on which the DAG's table has no row. Raises UsageError, MlopsctlError."""
    from mlopsctl.operations import coverage  # what it knows of exam data costs 10 ms, and only holes need it

    return coverage.read(platform.features(), *table_of(platform, dag_id, request), first, last).missing
