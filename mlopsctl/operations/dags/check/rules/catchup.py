"""DAGs that start runs which nobody asked for as soon as Airflow reads their file."""

import ast
from collections.abc import Iterator

from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.check.dag_calls import NOT_PERIODIC, DagCall, dag_calls, keyword
from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.rule import rule
from mlopsctl.operations.dags.check.source import Source

RULE = "unpaused-catchup"


@rule(RULE)
def check_catchup(source: Source) -> Iterator[Finding]:
    message = "all runs since the start_date start as soon as Airflow reads this file"
    hint = "leave out is_paused_upon_creation=False, and unpause the DAG when its runs are wanted"
    for dag in dag_calls(source):
        if _has_dates(dag) and _is(dag, "catchup", True) and _is(dag, "is_paused_upon_creation", False):
            yield source.finding(RULE, dag.call, message, severity=Severity.WARNING, hint=hint)


def _has_dates(dag: DagCall) -> bool:
    value = dag.schedule.value if isinstance(dag.schedule, ast.Constant) else ""
    return dag.argument is not None and value is not None and value not in NOT_PERIODIC


def _is(dag: DagCall, name: str, value: bool) -> bool:
    given = keyword(dag.call, name)
    return isinstance(given, ast.Constant) and given.value is value
