"""Schedules that Airflow cannot read."""

import ast
from collections.abc import Iterator

from mlopsctl.operations.dags.check.dag_calls import NOT_PERIODIC, PRESETS, dag_calls
from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.rule import rule
from mlopsctl.operations.dags.check.source import Source

RULE = "invalid-schedule"


@rule(RULE)
def check_schedules(source: Source) -> Iterator[Finding]:
    """Of schedules that are a string: Airflow reads them with croniter, too."""
    for dag in dag_calls(source):
        value = dag.schedule.value if isinstance(dag.schedule, ast.Constant) else None
        if dag.argument and isinstance(value, str) and (problem := _problem(value)):
            hint = 'such as "0 3 * * *" or "@daily"'
            yield source.finding(RULE, dag.argument.value, f"{value!r} is not a schedule: {problem}", hint=hint)


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
