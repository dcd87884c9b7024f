"""Operators and arguments of Airflow 2 that ruff does not know."""

import ast
from collections.abc import Iterator

from mlopsctl.operations.dags.airflow2_operators import SQL, SUCCESSORS, Successor
from mlopsctl.operations.dags.check import argument_edits, import_edits
from mlopsctl.operations.dags.check.dag_calls import keyword
from mlopsctl.operations.dags.check.finding import Edit, Finding
from mlopsctl.operations.dags.check.rule import rule
from mlopsctl.operations.dags.check.source import Source

RULE = "airflow-2-operator"
# Those of ruff's rules are not here. In a class of the user's own they mean what the user wants.
RENAMED_ARGUMENTS = {"xcom_push": "do_xcom_push"}
UNKNOWN_ARGUMENTS = ("full_filepath",)
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
            yield source.finding(RULE, node, message, hint="remove it", edits=edits)


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
    for argument in call.keywords:
        if (new := RENAMED_ARGUMENTS.get(argument.arg or "")) and name.endswith("Operator"):
            edits = argument_edits.rename(source, argument, new)
            yield source.finding(RULE, argument, f"`{argument.arg}` is `{new}` in Airflow 3", edits=edits)
        if argument.arg in UNKNOWN_ARGUMENTS and name == "DAG":
            edits = argument_edits.remove(source, call, argument)
            message = f"DAG has no argument `{argument.arg}` in Airflow 3"
            yield source.finding(RULE, argument, message, hint="remove it", edits=edits)


def _operator_of(called: ast.expr) -> ast.expr:
    """The operator of `Operator(…)` and of `Operator.partial(…)`."""
    return called.value if isinstance(called, ast.Attribute) and called.attr == "partial" else called
