"""`xcom_pull` without the task that pushed the value.

Airflow 2 then takes the latest value with that key from any task of the run; Airflow 3 returns None, without an error.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from mlopsctl.operations.dags.check import dag_calls, jinja, task_functions
from mlopsctl.operations.dags.check.finding import Edit, Finding
from mlopsctl.operations.dags.check.project import Project
from mlopsctl.operations.dags.check.rule import project_rule
from mlopsctl.operations.dags.check.rules.templates import Place, templates
from mlopsctl.operations.dags.check.source import Source
from mlopsctl.operations.dags.check.strings import ELSEWHERE

RULE = "airflow-2-xcom"
RETURN_VALUE = "return_value"


@dataclass(frozen=True)
class Pushers:
    """`functions`: of each key, the functions that push it. `of_tasks`: the functions that tasks call, in any file.
    `unknown`: whether a key is computed."""

    functions: dict[str, set[str]]
    of_tasks: set[str]
    unknown: bool

    def task_id(self, source: Source, key: str | None) -> str:
        """The only task of a file that pushes a key; empty if it cannot be told."""
        if self.unknown or key is None or key == RETURN_VALUE:
            return ""
        ids = set()
        for function in self.functions.get(key, ()):
            found = set(task_functions.task_ids(source, function))
            ids |= found or ({""} if function not in self.of_tasks else set())
        return ids.pop() if len(ids) == 1 else ""


@project_rule(RULE)
def check_xcom(project: Project) -> Iterator[Finding]:
    pushers = _pushers(project)
    for source in project.sources:
        if "xcom_pull" in source.text:
            yield from _in_code(source, pushers)
            for place in templates(source):
                yield from _in_template(place, pushers)


def _in_code(source: Source, pushers: Pushers) -> Iterator[Finding]:
    values = dag_calls.constants(source.tree)
    in_strings = {part for node in source.nodes if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in source.nodes:
        if not _is_call(node, "xcom_pull") or not isinstance(node, ast.Call) or _names_task(node):
            continue
        task = pushers.task_id(source, _key(node, values, RETURN_VALUE))
        opening = source.span(node.func)[1] + 1
        edit = Edit(opening, opening, f'task_ids="{task}"{", " if node.keywords else ""}')
        yield _finding(source, node, task, (edit,) if task and node not in in_strings else ())


def _in_template(place: Place, pushers: Pushers) -> Iterator[Finding]:
    tokens = place.template.tokens
    for index, token in enumerate(tokens):
        owner = tokens[index - 2].value if index > 1 else ""
        if (
            token.value != "xcom_pull"
            or owner not in ("ti", "task_instance")
            or not place.template.following(index, "(")
        ):
            continue
        arguments = [part.value for part in _arguments(place, index + 2)]
        offset = place.offset(token.start)
        if "task_ids" in arguments or (arguments and arguments[1:2] != ["="]) or offset == ELSEWHERE:
            continue
        key = arguments[arguments.index("key") + 2].strip("'\"") if "key" in arguments else RETURN_VALUE
        task = pushers.task_id(place.source, key)
        code = f'(task_ids="{task}"{", " if arguments else ""}'
        edits = place.edit(tokens[index + 1].start, tokens[index + 1].end, code) if task else ()
        yield _finding(place.source, offset, task, edits)


def _arguments(place: Place, index: int) -> Iterator[jinja.Token]:
    """The tokens up to the parenthesis that closes a call."""
    depth = 0
    for token in place.template.tokens[index:]:
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(token.value, 0)
        if depth < 0:
            return
        yield token


def _finding(source: Source, where: ast.expr | int, task: str, edits: tuple[Edit, ...]) -> Finding:
    message = "xcom_pull without task_ids returns None in Airflow 3; in Airflow 2 it finds the value of any task"
    hint = f'write task_ids="{task}"' if task else "name the task that pushes the value: task_ids="
    return source.finding(RULE, where, message, hint=hint, edits=edits)


def _pushers(project: Project) -> Pushers:
    found: dict[str, set[str]] = {}
    unknown = False
    for source in project.sources:
        values = dag_calls.constants(source.tree)
        pushes = {node: "" for node in source.nodes if _is_call(node, "xcom_push")}
        for function in task_functions.functions(source):
            pushes |= {node: function.name for node in ast.walk(function) if node in pushes}
        for call, function_name in pushes.items():
            key = _key(call, values, None) if isinstance(call, ast.Call) else None
            unknown = unknown or key is None
            found.setdefault(key or "", set()).add(function_name)
    return Pushers(found, task_functions.called_by_tasks(project), unknown)


def _key(call: ast.Call, values: dict[str, str], default: str | None) -> str | None:
    """None if the key is computed."""
    given = dag_calls.keyword(call, "key") or (call.args[0] if call.args else None)
    if given is None:
        return default
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        return given.value
    return values.get(given.id) if isinstance(given, ast.Name) else None


def _names_task(call: ast.Call) -> bool:
    return bool(call.args) or any(given.arg in ("task_ids", None) for given in call.keywords)


def _is_call(node: ast.AST, method: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method
