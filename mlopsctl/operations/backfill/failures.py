"""What failed in a backfill, and what the failures have in common: said once, however many dates there are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.model import PlannedRun, TaskInstance, TaskLog
from mlopsctl.operations.backfill.plan import BackfillPlan
from mlopsctl.operations.runs import first_failed, log_tail

LOGS = 5  # so many logs are read, one per date
DATE = "<date>"


@dataclass(frozen=True)
class Cause:
    """Dates on which the same task (empty: none) failed in the same way.

    `error`: the exception, the day in it as `<date>`. `read`: of how many dates the log was read; the others failed in
    the same task. `log`: its end on the first of `days`.
    """

    task_id: str
    error: str
    days: tuple[date, ...]
    read: int = 0
    log: str = ""


def read(api: AirflowApi, plan: BackfillPlan, runs: Sequence[PlannedRun]) -> list[Cause]:
    """Of the failed ones among `runs`. Raises MlopsctlError where Airflow cannot be asked."""
    failed = [run for run in runs if run.state == "failed"]
    if not failed:
        return []
    tasks: dict[str, list[TaskInstance]] = {}
    for found in api.failed_tasks(plan.dag.dag_id, failed[0].logical_date, failed[-1].logical_date):
        tasks.setdefault(found.run_id, []).append(found)
    firsts = {run.run_id: first_failed(tasks.get(run.run_id, [])) for run in failed}
    chosen = _choose(failed, firsts)
    logs = {}
    for run in chosen:
        if task := firsts[run.run_id]:
            logs[run.run_id] = api.task_log(plan.dag.dag_id, run.run_id, task.task_id, task.try_number, task.map_index)
    return list(_group(failed, firsts, logs))


def _choose(failed: Sequence[PlannedRun], firsts: Mapping[str, TaskInstance | None]) -> list[PlannedRun]:
    """The dates whose logs are read: the first of each task, then the others in their order."""
    seen: set[str] = set()
    ahead: list[PlannedRun] = []
    after: list[PlannedRun] = []
    for run in failed:
        if task := firsts[run.run_id]:
            (after if task.task_id in seen else ahead).append(run)
            seen.add(task.task_id)
    return (ahead + after)[:LOGS]


def _group(
    failed: Sequence[PlannedRun], firsts: Mapping[str, TaskInstance | None], logs: Mapping[str, TaskLog]
) -> Iterable[Cause]:
    """In the order of their first dates. A date whose log was not read is counted to the only error of its task."""
    causes: dict[tuple[str, str], Cause] = {}
    unread: dict[str, list[date]] = {}
    for run in failed:
        task, log = firsts[run.run_id], logs.get(run.run_id)
        if task and not log:
            unread.setdefault(task.task_id, []).append(run.date)
            continue
        error = _without_day(log.error, run) if log else ""
        end = log_tail(log.text) if log else ""
        key = (task.task_id if task else "", error)
        cause = causes.get(key) or Cause(*key, (), log=end)
        causes[key] = replace(cause, days=(*cause.days, run.date), read=cause.read + bool(log))
    for task_id, days in unread.items():
        keys = [key for key in causes if key[0] == task_id]
        key = keys[0] if len(keys) == 1 else (task_id, "")
        cause = causes.get(key) or Cause(*key, ())
        causes[key] = replace(cause, days=(*cause.days, *days))
    return sorted(causes.values(), key=lambda cause: cause.days[0])


def _without_day(error: str, run: PlannedRun) -> str:
    """Errors that differ in nothing but their own date are the same."""
    for day in {run.ds, run.date.isoformat()}:
        error = error.replace(day, DATE).replace(day.replace("-", ""), DATE)
    return error
