"""Schedules that Airflow cannot read, and cron expressions that match no day or not in every month."""

import ast
from collections.abc import Iterator

from mlopsctl.core.states import Severity
from mlopsctl.operations.dags import cron_dates
from mlopsctl.operations.dags.check.dag_calls import NOT_PERIODIC, PRESETS, DagCall, dag_calls
from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.rule import rule
from mlopsctl.operations.dags.check.source import Source

RULE = "invalid-schedule"
MONTHS_RULE = "schedule-months"
TIMETABLES = ("CronTriggerTimetable", "CronDataIntervalTimetable", "MultipleCronTriggerTimetable")


@rule(RULE)
def check_schedules(source: Source) -> Iterator[Finding]:
    """Of schedules that are a string: Airflow reads them with croniter, too."""
    for dag in dag_calls(source):
        value = dag.schedule.value if isinstance(dag.schedule, ast.Constant) else None
        if dag.argument and isinstance(value, str) and (problem := _problem(value)):
            hint = 'such as "0 3 * * *" or "@daily"'
            yield source.finding(RULE, dag.argument.value, f"{value!r} is not a schedule: {problem}", hint=hint)


@rule(MONTHS_RULE)
def check_months(source: Source) -> Iterator[Finding]:
    for dag in dag_calls(source):
        for expression in _expressions(dag):
            if dag.argument and (found := cron_dates.problem(expression)):
                rule_name, severity = (RULE, Severity.ERROR) if found.never else (MONTHS_RULE, Severity.WARNING)
                yield source.finding(rule_name, dag.argument.value, found.message, severity=severity, hint=found.hint)


def _expressions(dag: DagCall) -> Iterator[str]:
    """The cron expressions of a schedule: itself, or those that a timetable is given."""
    if dag.cron:
        yield dag.cron
    if isinstance(dag.schedule, ast.Call) and ast.unparse(dag.schedule.func).rpartition(".")[2] in TIMETABLES:
        given = [*dag.schedule.args, *(argument.value for argument in dag.schedule.keywords if argument.arg == "cron")]
        yield from (node.value for node in given if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _problem(schedule: str) -> str:
    """Why Airflow rejects a schedule; empty if it does not."""
    from croniter import CroniterError, croniter

    if schedule in PRESETS or schedule in NOT_PERIODIC:
        return ""
    try:
        croniter(schedule)
    except CroniterError as e:
        return str(e).strip("[]")
    return ""
