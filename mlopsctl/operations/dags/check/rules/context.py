"""Names of Airflow 2 that the Python code of a task takes from its context: `context["execution_date"]`, a parameter
`execution_date`, `dag_run.external_trigger`.

Airflow 3 does not have them: the task fails with a KeyError, a TypeError or an AttributeError.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlopsctl.operations.dags.check import context_names, task_functions
from mlopsctl.operations.dags.check.context_names import REMOVED, Replacement
from mlopsctl.operations.dags.check.dag_calls import DagCall, dag_calls
from mlopsctl.operations.dags.check.finding import Edit, Finding
from mlopsctl.operations.dags.check.project import Project
from mlopsctl.operations.dags.check.rule import project_rule
from mlopsctl.operations.dags.check.source import Source
from mlopsctl.operations.dags.check.task_functions import Callable

RULE = "airflow-2-context"
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Body:
    """A function that Airflow calls. `context`: what it calls the dictionary with the context; empty if it has none.
    `strings`: the f-string that a part of an f-string belongs to."""

    source: Source
    function: Callable
    dags: list[DagCall]
    context: str
    strings: Mapping[ast.AST, ast.JoinedStr]

    def names(self, code: str, **known: str) -> dict[str, str] | None:
        """The code for each name of the context in a replacement; None if there is no way to it."""
        needed = set(PLACEHOLDER.findall(code)) - set(known)
        if needed and not self.context:
            return None
        return {name: f'{self.context}["{name}"]' for name in needed} | known

    def edits(self, node: ast.expr, code: str) -> tuple[Edit, ...]:
        """Writes code instead of a node. In an f-string Python 3.11 does not tell where a node is: it is searched."""
        outer = self.strings.get(node)
        if outer is None:
            return (self.source.replace(node, code),)
        start, end = self.source.span(outer)
        pattern = re.sub(r"\\?['\"]", "['\"]", re.escape(ast.unparse(node)))
        found = list(re.finditer(rf"(?<![\w.'\"]){pattern}(?![\w'\"])", self.source.text[start:end]))
        alike = [other for other in ast.walk(outer) if ast.dump(other) == ast.dump(node)]
        if len(found) != len(alike):
            return ()
        quote = '"' if self.source.text[start:end].lower().lstrip("rf").startswith("'") else "'"
        code = code.replace('"', quote)
        return tuple(Edit(start + match.start(), start + match.end(), code) for match in found)


@project_rule(RULE)
def check_context(project: Project) -> Iterator[Finding]:
    called = task_functions.called_by_tasks(project)
    given = task_functions.given_names(project)
    all_dags = [dag for source in project.sources for dag in dag_calls(source)]
    for source in project.sources:
        for function in task_functions.with_context(source, called):
            outer = {
                part: node for node in ast.walk(function) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)
            }
            body = Body(source, function, dag_calls(source) or all_dags, task_functions.context_name(function), outer)
            yield from _check_items(body, given)
            yield from _check_attributes(body)
            yield from _check_parameters(body, given)


def _check_items(body: Body, given: set[str]) -> Iterator[Finding]:
    """`context["execution_date"]` and `context.get("execution_date")`."""
    for node in ast.walk(body.function):
        name = _item(node, body.context)
        if name in REMOVED - given and isinstance(node, ast.expr):
            new = context_names.replacement(name, body.dags)
            has_default = isinstance(node, ast.Call) and len(node.args) > 1
            yield _finding(body, node, name, None if has_default else new)


def _item(node: ast.AST, context: str) -> str:
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        owner, key = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        owner, key = node.func.value, node.args[0]
    else:
        return ""
    is_context = isinstance(owner, ast.Name) and owner.id == context
    return _string(key) if is_context else ""


def _check_attributes(body: Body) -> Iterator[Finding]:
    """`dag_run.execution_date`, where `dag_run` is a name or an item of the context."""
    for node in ast.walk(body.function):
        if not isinstance(node, ast.Attribute):
            continue
        word = _string(node.value.slice) if isinstance(node.value, ast.Subscript) else getattr(node.value, "id", "")
        owner = context_names.OBJECTS.get(word, "")
        new = context_names.ATTRIBUTES.get((owner, node.attr))
        hint = context_names.ATTRIBUTES_WITHOUT_EQUIVALENT.get((owner, node.attr), "")
        if new or hint:
            yield _finding(body, node, f"{word}.{node.attr}", new, hint, **{owner: ast.unparse(node.value)})


def _finding(body: Body, node: ast.expr, name: str, new: Replacement | None, hint: str = "", **known: str) -> Finding:
    names = body.names(new.code, **known) if new else None
    code = new.code.format(**names) if new and names is not None else ""
    return body.source.finding(
        RULE,
        body.strings.get(node, node),
        f"{name} is not in the context of tasks in Airflow 3",
        hint=f"write {code}" if code else hint or context_names.WITHOUT_EQUIVALENT.get(name, ""),
        edits=body.edits(node, code) if code else (),
    )


def _check_parameters(body: Body, given: set[str]) -> Iterator[Finding]:
    """`def load(execution_date)`: Airflow passes what a function asks for by name."""
    parameters = task_functions.parameters(body.function)
    optional = task_functions.with_default(body.function)
    for parameter in parameters:
        if parameter.arg == "test_mode" and parameter in optional:
            continue  # only `airflow tasks test` of Airflow 2 set it
        if parameter.arg in REMOVED - given:
            new = context_names.replacement(parameter.arg, body.dags)
            edits = _rename(body, parameter, new, {other.arg for other in parameters}) if new else ()
            hint = context_names.WITHOUT_EQUIVALENT.get(parameter.arg, "")
            if new:
                hint = f"take {', '.join(PLACEHOLDER.findall(new.code))} instead"
            message = f"{parameter.arg} is not in the context of tasks in Airflow 3"
            yield body.source.finding(RULE, parameter, message, hint=hint, edits=edits)


def _rename(body: Body, parameter: ast.arg, new: Replacement, existing: set[str]) -> tuple[Edit, ...]:
    """Takes the names that the replacement needs instead of the parameter, and writes it where that was used."""
    uses = [node for node in ast.walk(body.function) if isinstance(node, ast.Name) and node.id == parameter.arg]
    needed = list(dict.fromkeys(PLACEHOLDER.findall(new.code)))
    added = [name for name in needed if name not in existing]
    if not added or any(not isinstance(use.ctx, ast.Load) for use in uses):
        return ()
    has_default = parameter in task_functions.with_default(body.function)
    start, end = body.source.span(parameter)
    if needed == added and len(added) == 1 and new.code == f"{{{added[0]}}}":
        end = start + len(parameter.arg)  # the same kind of value: its annotation stays
    edits = [Edit(start, end, ("=None, " if has_default else ", ").join(added))]
    for use in uses:
        code = body.edits(use, new.code.format(**{name: name for name in needed}))
        if not code:
            return ()
        edits += [edit for edit in code if edit not in edits]
    return tuple(edits)


def _string(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
