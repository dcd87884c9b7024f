"""Which tasks a run gets.

Airflow leaves out those whose start_date is after the logical date of the run, or whose end_date is before it, except
in a run of its own backfill (`DagRun.verify_integrity` in airflow/models/dagrun.py, the same from 3.0 to 3.3). A run
without tasks is a success for Airflow.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from mlopsctl.core import dates
from mlopsctl.core.model import DagDetails, TaskDates, TaskInstance
from mlopsctl.core.states import TaskState
from mlopsctl.core.text import plural, shorten

Limits = tuple[datetime | None, datetime | None]


def without_task(dag: DagDetails, tasks: Sequence[TaskDates], instants: Sequence[datetime]) -> list[datetime]:
    """The logical dates whose runs get no task."""
    start, end = limits(dag, tasks)
    return [
        at
        for at in instants
        if (start and at < start) or (end and at > end) or not any(task.includes(at) for task in tasks)
    ]


def reason(dag: DagDetails, tasks: Sequence[TaskDates], at: datetime) -> str:
    """Why the run of such a logical date gets no task."""
    start, end = limits(dag, tasks)
    if not tasks:
        return f"{dag.dag_id} has no tasks"
    if start and at < start:
        return _limit(dag, tasks, start, "start")
    if end and at > end:
        return _limit(dag, tasks, end, "end")
    return f"no task of {dag.dag_id} has this date between its start_date and its end_date"


def limits(dag: DagDetails, tasks: Sequence[TaskDates]) -> Limits:
    """The first and the last logical date at which a run can get a task; None: open."""
    starts, ends = [task.start for task in tasks], [task.end for task in tasks]
    first = min((at for at in starts if at), default=None) if None not in starts else None
    last = max((at for at in ends if at), default=None) if None not in ends else None
    start = max((at for at in (dag.start, first) if at), default=None)
    return start, min((at for at in (dag.end, last) if at), default=None)


def left_out(dag: DagDetails, tasks: Sequence[TaskDates], instants: Sequence[datetime]) -> Iterator[str]:
    """Which tasks some of the runs that get any do not have, as a sentence."""
    outside = set(without_task(dag, tasks, instants))
    instants = [at for at in instants if at not in outside]
    absent = {task: {at for at in instants if not task.includes(at)} for task in tasks}
    missing = [task for task in tasks if absent[task]]
    if not missing:
        return
    number = len(set[datetime]().union(*absent.values()))
    names = shorten([task.task_id for task in missing], 3)
    runs = "the run" if len(instants) == 1 else f"{number} of {plural(len(instants), 'new run')}"
    words = f"{runs} will not have {names}: {_dates(dag, missing[0])}."
    follow = {name for task in missing for name in task.downstream}
    waiting = [task.task_id for task in tasks if task.task_id in follow and task.waits and len(absent[task]) < number]
    if waiting:
        words += f" {shorten(waiting, 3)} cannot run without it either, and Airflow marks such runs as failed."
    yield words


def deadlock(tasks: Sequence[TaskDates], instances: Sequence[TaskInstance]) -> str:
    """Why a run failed although none of its tasks did: some wait for a task that the run does not have; empty: for
    another reason. `instances`: the tasks that it has."""
    present = {task.task_id for task in instances}
    waiting = {task.task_id for task in instances if task.state == TaskState.NONE}
    for task in tasks:
        if task.task_id not in present and (stuck := sorted(waiting & set(task.downstream))):
            return f"the run does not have {task.task_id}, which comes before {shorten(stuck, 3)}"
    return ""


def _dates(dag: DagDetails, task: TaskDates) -> str:
    parts = [f"{verb} on {_local(dag, at)}" for verb, at in (("starts", task.start), ("ends", task.end)) if at]
    return f"{task.task_id} {' and '.join(parts)}"


def _local(dag: DagDetails, at: datetime) -> str:
    return f"{at.astimezone(dates.load_timezone(dag.timezone)):%Y-%m-%d %H:%M} {dag.timezone}"


def _limit(dag: DagDetails, tasks: Sequence[TaskDates], at: datetime, verb: str) -> str:
    """`report_dag starts on 2024-02-01 00:00 Asia/Seoul`."""
    when = _local(dag, at)
    if at in (dag.start, dag.end):
        return f"{dag.dag_id} {verb}s on {when}"
    if len(tasks) == 1:
        return f"{tasks[0].task_id}, the only task of {dag.dag_id}, {verb}s on {when}"
    return f"no task of {dag.dag_id} {verb}s {'before' if verb == 'start' else 'after'} {when}"
