"""Why dates of a backfill failed, grouped by cause."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.model import PlannedRun, TaskInstance, TaskLog
from mlopsctl.core.states import RunState, TaskState
from mlopsctl.operations.backfill.plan import BackfillPlan
from mlopsctl.operations.runs import first_failed, log_tail
from mlopsctl.operations.task_dates import deadlock
from mlopsctl.operations.task_errors import Explanation, explain

LOGS = 5  # logs that are read, one per date
DATE = "<date>"


@dataclass(frozen=True)
class Cause:
    """Dates on which the same task (empty: none) failed in the same way.

    `error`: the exception, with the day as `<date>`. `logs`: those that were read, by day, of their texts the ends; on
    the other days the same task failed. `explanation`: None if nothing is known about the exception.
    """

    task_id: str
    error: str
    days: tuple[date, ...]
    logs: Mapping[date, TaskLog] = field(default_factory=dict)
    explanation: Explanation | None = None

    def error_of(self, day: date) -> str:
        """The exception on that day."""
        return self.logs[day].error if day in self.logs else self.error.replace(DATE, str(day))

    @property
    def later_error(self) -> str:
        """One that followed it, such as that of a callback."""
        return next((log.later_errors[0] for log in self.logs.values() if log.later_errors), "")


def read(api: AirflowApi, plan: BackfillPlan, runs: Sequence[PlannedRun]) -> list[Cause]:
    """Of the failed ones among `runs`, by their first dates. Raises MlopsctlError if Airflow does not answer."""
    failed = [run for run in runs if run.state == RunState.FAILED]
    if not failed:
        return []
    dag_id, tasks = plan.dag.dag_id, dict[str, list[TaskInstance]]()
    for task in api.tasks_between(dag_id, failed[0].logical_date, failed[-1].logical_date, [TaskState.FAILED]):
        tasks.setdefault(task.run_id, []).append(task)
    firsts = {run.run_id: first for run in failed if (first := first_failed(tasks.get(run.run_id, [])))}
    logs = {
        run_id: api.task_log(dag_id, run_id, task.task_id, task.try_number, task.map_index)
        for run_id, task in _chosen(failed, firsts)
    }
    lone = next((run.run_id for run in failed if run.run_id not in firsts), "")
    why = deadlock(api.task_dates(dag_id), api.task_instances(dag_id, lone)) if lone else ""
    causes = [
        replace(cause, explanation=next((explain(api, log) for log in cause.logs.values()), None))
        for cause in _causes(failed, firsts, logs)
    ]
    causes = [cause if cause.task_id else replace(cause, error=why) for cause in causes]
    return sorted(causes, key=lambda cause: cause.days[0])


def _chosen(failed: Sequence[PlannedRun], firsts: Mapping[str, TaskInstance]) -> list[tuple[str, TaskInstance]]:
    """The runs whose logs are read: the first of each task, then the others in their order."""
    seen: Counter[str] = Counter()
    ranked = []
    for run in failed:
        if task := firsts.get(run.run_id):
            ranked.append((seen[task.task_id] > 0, run.run_id, task))
            seen[task.task_id] += 1
    return [(run_id, task) for _, run_id, task in sorted(ranked, key=lambda entry: entry[0])][:LOGS]


def _causes(
    failed: Sequence[PlannedRun], firsts: Mapping[str, TaskInstance], logs: Mapping[str, TaskLog]
) -> Iterable[Cause]:
    """A date whose log was not read belongs to the only error of its task, if there is only one."""
    groups: dict[tuple[str, str], list[PlannedRun]] = {}
    for run in sorted(failed, key=lambda run: run.run_id in firsts and run.run_id not in logs):
        task, log = firsts.get(run.run_id), logs.get(run.run_id)
        key = task.task_id if task else "", _without_day(log.error, run) if log else ""
        known = [other for other in groups if other[0] == key[0]]
        groups.setdefault(known[0] if task and not log and len(known) == 1 else key, []).append(run)
    for key, runs in groups.items():
        found = {run.date: logs[run.run_id] for run in runs if run.run_id in logs}
        read = {day: replace(log, text=log_tail(log.text)) for day, log in found.items()}
        yield Cause(*key, tuple(sorted(run.date for run in runs)), read)


def _without_day(error: str, run: PlannedRun) -> str:
    """Errors that differ only in their own date are the same."""
    for day in {run.ds, run.date.isoformat()}:
        error = error.replace(day, DATE).replace(day.replace("-", ""), DATE)
    return error
