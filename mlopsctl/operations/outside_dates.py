"""Runs that would do nothing: at their logical dates, no task of the DAG has started yet, or all have ended."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal

from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails, TaskDates
from mlopsctl.operations import task_dates

EXEMPT = "Airflow's own backfill runs them all the same"
Option = Literal["--from", "--dates", "--date", "now"]


def check(
    dag: DagDetails, tasks: Sequence[TaskDates], instants: Sequence[datetime], option: Option = "--from"
) -> MlopsctlError | None:
    """`instants`: the logical dates of new runs. `option`: how they were given."""
    outside = task_dates.without_task(dag, tasks, instants)
    if not outside:
        return None
    runs = "this run" if option in ("--date", "now") else f"{len(outside)} of these runs"
    return MlopsctlError(
        f"{task_dates.reason(dag, tasks, outside[0])}: Airflow would run no task in {runs}, and report success.",
        hint=_remedy(dag, tasks, instants, outside, option),
        code="outside",
    )


def _remedy(
    dag: DagDetails,
    tasks: Sequence[TaskDates],
    instants: Sequence[datetime],
    outside: Sequence[datetime],
    option: str,
) -> Hint:
    if not tasks:
        return Hint(note=f"add a task to {dag.file}")
    start, end = task_dates.limits(dag, tasks)
    limited = replace(dag, start=start, end=end)
    early = bool(start and outside[0] < start)
    if not early and not (end and outside[0] > end):
        return Hint(note="leave these days out, or change the dates of the tasks")
    if dag.backfillable and option in ("--dates", "--date") and (days := _range(dag, outside)):
        return Hint.of("backfill", dag.dag_id, "--from", days[0], "--to", days[1], note=EXEMPT)
    whose = "the DAG" if (start == dag.start if early else end == dag.end) else "the tasks"
    remedy = _date_remedy(limited, instants, early, option, len(outside) == len(instants))
    return Hint(note=f"{remedy}, or change the {'start' if early else 'end'}_date of {whose}")


def _range(dag: DagDetails, instants: Sequence[datetime]) -> tuple[date, date] | None:
    """The days of these instants, if none is missing between them."""
    spans = list(dates.spans({at.astimezone(dates.load_timezone(dag.timezone)).date() for at in instants}))
    return spans[0] if len(spans) == 1 else None


def _date_remedy(dag: DagDetails, instants: Sequence[datetime], early: bool, option: str, all_outside: bool) -> str:
    day = _nearest_day(dag, instants, early)
    if option in ("--date", "now"):
        return f"use --date {day}, its {'first' if early else 'last'} day"
    if option == "--dates":
        return f"leave out the days {'before' if early else 'after'} {day}"
    if all_outside:  # narrowing the range would leave nothing
        return f"use dates {'from' if early else 'up to'} {day}{' on' if early else ''}"
    return f"narrow the range with {'--from' if early else '--to'} {day}"


def _nearest_day(dag: DagDetails, instants: Sequence[datetime], early: bool) -> date:
    """The first or the last day of which every run is inside of the DAG's dates."""
    limit = dag.start if early else dag.end
    assert limit  # noqa: S101  # the caller compared with it
    zone = dates.load_timezone(dag.timezone)
    day = limit.astimezone(zone).date()
    # Of a day that was not requested the runs are not known: it counts if all of it is inside.
    runs = [at for at in instants if at.astimezone(zone).date() == day] or dates.day_bounds(day, day, dag.timezone)
    runs = runs if dag.backfillable else [dates.logical_date_of(day, dag.timezone)]
    inside = all(at >= limit if early else at <= limit for at in runs)
    return day if inside else day + timedelta(days=1 if early else -1)
