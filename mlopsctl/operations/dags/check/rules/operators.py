"""Operators and arguments of Airflow 2 that ruff does not know."""

import ast
from collections.abc import Iterator
from functools import cache

from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.airflow2.arguments import RENAMED_ARGUMENTS
from mlopsctl.operations.dags.airflow2.operators import SQL, SUCCESSORS, Successor
from mlopsctl.operations.dags.check import argument_edits, import_edits, task_functions
from mlopsctl.operations.dags.check.dag_calls import keyword
from mlopsctl.operations.dags.check.finding import Edit, Finding
from mlopsctl.operations.dags.check.rule import rule
from mlopsctl.operations.dags.check.source import Source

RULE = "airflow-2-operator"
# What no operator accepts. Ruff finds the others in calls of Airflow's own classes.
ARGUMENTS = ("provide_context", "task_concurrency", "xcom_push")
UNKNOWN_TO_RUFF = ("xcom_push",)
DAG_ARGUMENTS = ("full_filepath",)
BASES = ("Operator", "Sensor")
UNCLEAR_ARGUMENTS = frozenset({"hook_params", "runtime_parameters", "warehouse", "role", "schema", "authenticator",
                               "session_parameters"})  # fmt: skip  # become parts of hook_params


@rule(RULE)
def check_operators(source: Source) -> Iterator[Finding]:
    imported = {
        alias.asname or alias.name
        for node in source.nodes
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("airflow")
        for alias in node.names
    }
    for node in source.nodes:
        if isinstance(node, ast.Call):
            operator = _operator_of(node.func)
            if isinstance(operator, ast.Name) and operator.id in SUCCESSORS and operator.id in imported:
                yield _operator(source, node, operator, SUCCESSORS[operator.id])
            yield from _arguments(source, node)
        if isinstance(node, ast.Dict) and (edits := argument_edits.remove_item(source, node, "provide_context")):
            message = "`provide_context` has no effect since Airflow 2, and stops Airflow 3 outside of default_args"
            yield source.finding(RULE, node, message, severity=Severity.WARNING, hint="remove it", edits=edits)


def _operator(source: Source, call: ast.Call, operator: ast.Name, new: Successor) -> Finding:
    edits: list[Edit] = [source.replace(operator, new.name), *import_edits.add_import(source, new.module, new.name)]
    given = {argument.arg for argument in call.keywords}
    for argument in call.keywords:
        if name := new.arguments.get(argument.arg or ""):
            edits += argument_edits.rename(source, argument, name)
        elif argument.arg == "database" and new.module == SQL:
            start, end = source.span(argument)
            edits.append(Edit(start, end, f'hook_params={{"schema": {source.segment(argument.value)}}}'))
    if new.default and not given & {*new.arguments, new.default[0], None} and not isinstance(call.func, ast.Attribute):
        edits += argument_edits.add(source, call, f'{new.default[0]}="{new.default[1]}"')
    unclear = UNCLEAR_ARGUMENTS & given
    message = f"`{operator.id}` does not exist in current releases of its provider"
    hint = f"use {new.name} of {new.module}"
    return source.finding(RULE, operator, message, hint=hint, edits=() if unclear else tuple(edits))


def _arguments(source: Source, call: ast.Call) -> Iterator[Finding]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    rule_name = keyword(call, "trigger_rule")
    if isinstance(rule_name, ast.Constant) and rule_name.value == "dummy":
        edit = source.replace(rule_name, '"always"')
        yield source.finding(RULE, rule_name, "the trigger rule `dummy` is `always` in Airflow 3", edits=(edit,))
    refused = DAG_ARGUMENTS if name == "DAG" else _refused(source, call)
    for argument in call.keywords:
        if argument.arg in refused:
            new = RENAMED_ARGUMENTS[argument.arg]
            rewrite = argument_edits.rename(source, argument, new) if new else ()
            edits = rewrite or argument_edits.remove(source, call, argument)
            hint = f"use {new}=" if new else "remove it"
            message = f"Airflow 3 has no argument `{argument.arg}`"
            yield source.finding(RULE, argument, message, hint=hint, edits=edits)


def _refused(source: Source, call: ast.Call) -> tuple[str, ...]:
    """The arguments that a call must not have, and that ruff does not report."""
    called = ast.unparse(call.func)
    name = ast.unparse(_operator_of(call.func)).rpartition(".")[2]
    own = _own_operators(source)
    if name in own:
        return tuple(argument for argument in ARGUMENTS if argument not in own[name])
    is_partial = called.endswith(".partial") and name.endswith(BASES)
    is_task = called == "task" or (called.startswith("task.") and called not in ("task.override", "task.partial"))
    if is_partial or is_task:
        return ARGUMENTS
    return UNKNOWN_TO_RUFF if name.endswith("Operator") else ()


@cache
def _own_operators(source: Source) -> dict[str, set[str]]:
    """The classes of the file that inherit from an operator, with the parameters of their `__init__`."""
    found = {}
    for node in source.nodes:
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith(BASES) for base in node.bases):
            inits = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"]
            found[node.name] = {parameter.arg for init in inits for parameter in task_functions.parameters(init)}
    return found


def _operator_of(called: ast.expr) -> ast.expr:
    """The operator of `Operator(…)` and of `Operator.partial(…)`."""
    return called.value if isinstance(called, ast.Attribute) and called.attr == "partial" else called
