"""What a backfill reads besides Airflow's API: many runs, schedules, missing rows."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagRun, Interval
from mlopsctl.core.states import Selection
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.planning.resolve import RunReader, Slots, Sources
from mlopsctl.operations.target import Target

MANY_RUNS = 300  # runs from which to ask the metadata database


def sources(target: Target, dag_id: str, request: BackfillRequest) -> Sources:
    def slots(bounds: Interval) -> Slots:
        return target.metadata.slots(dag_id, *bounds)

    def missing(first: date, last: date) -> Collection[date]:
        return empty_days(target, dag_id, request, first, last)

    def unclearable() -> Collection[str]:
        return target.metadata.unclearable_runs(dag_id)

    def empty_runs(bounds: Interval) -> Collection[str]:
        return target.metadata.empty_runs(dag_id, *bounds)

    asked = missing if request.only == Selection.HOLES else None
    return Sources(slots, asked, unclearable, empty_runs, run_reader(target))


def run_reader(target: Target) -> RunReader:
    """Few runs from the API, many from the metadata database: the API takes a millisecond for each."""

    def read(dag_id: str, start: datetime, end: datetime) -> Sequence[DagRun]:
        api = target.api
        runs, number = api.runs_page(dag_id, start, end, (), MANY_RUNS)
        if number == len(runs):
            return runs
        if number <= MANY_RUNS:
            return api.runs(dag_id, start, end)
        return target.metadata.runs_between(dag_id, start, end)

    return read


def output_table(target: Target, dag_id: str, request: BackfillRequest) -> tuple[str, str]:
    """The table that the DAG fills, and its date column (empty: the default). Raises UsageError if none is known."""
    setting = target.settings.output_table(dag_id)
    if request.table:
        return request.table, request.column or (setting[1] if setting and setting[0] == request.table else "")
    if not setting:
        lines = ",".join([*target.settings.fills, f"{dag_id}=mlops.TABLE.base_dt"])
        once = "or only for this call: --table mlops.TABLE --column base_dt"
        hint = Hint.of("config", "set", "fills", lines, note=once)
        raise UsageError(f"no output table is configured for DAG {dag_id}.", hint=hint)
    return setting[0], request.column or setting[1]


def days_still_empty(target: Target, plan: BackfillPlan) -> list[date]:
    """Of a plan for missing rows, the days that still have no row. Raises MlopsctlError."""
    days = [run.date for run in plan.runs]
    return sorted(set(days) & set(empty_days(target, plan.dag.dag_id, plan.request, min(days), max(days))))


def empty_days(target: Target, dag_id: str, request: BackfillRequest, first: date, last: date) -> Collection[date]:
    """The days of a range without a row in the DAG's table. Raises UsageError, MlopsctlError."""
    from mlopsctl.operations import coverage  # it takes 10 ms to import, and only --only holes needs it

    return coverage.read(target.features(), *output_table(target, dag_id, request), first, last).missing
