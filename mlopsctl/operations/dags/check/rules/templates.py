"""Names of Airflow 2 in Jinja templates: in strings of Python files, and in files of SQL, shell and others.

Airflow 3 finds them when a task renders its templates: the task then fails with an UndefinedError.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import cast

from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.check import context_names, jinja, strings
from mlopsctl.operations.dags.check.context_names import Replacement
from mlopsctl.operations.dags.check.dag_calls import DagCall, assignments, constants, dag_calls
from mlopsctl.operations.dags.check.finding import Edit, Finding
from mlopsctl.operations.dags.check.project import Project
from mlopsctl.operations.dags.check.rule import project_rule
from mlopsctl.operations.dags.check.source import Source
from mlopsctl.operations.dags.check.strings import ELSEWHERE, Literal, Text
from mlopsctl.operations.dags.files.documentation import documentation

RULE = "airflow-2-template"
RUN_TYPE = ("dag_run", "run_type")
# Parsing a template takes longer than all else, and only these words matter, here and in xcom.py.
RELEVANT = re.compile(rf"\b(?:{'|'.join(sorted({*context_names.REMOVED, *context_names.OBJECTS, 'xcom_pull'}))})\b")


@dataclass(frozen=True)
class Place:
    """A template in a file. `known`: the string literals of a Python file."""

    source: Source
    text: Text
    template: jinja.Template
    known: list[Literal]

    def offset(self, position: int) -> int:
        return self.text.offsets[position]

    def edit(self, start: int, end: int, code: str) -> tuple[Edit, ...]:
        """Writes an expression instead of a part of the template; no edit if the part is not in the file as it is."""
        offsets = self.text.offsets[start:end]
        first, last = offsets[0], offsets[-1] + 1
        if ELSEWHERE in offsets or self.source.text[first:last] != self.text.value[start:end]:
            return ()
        return (Edit(first, last, code.replace('"', self.quote(start, first))),)

    def quote(self, position: int, offset: int) -> str:
        """The quote for a string in an expression: if both are allowed, not the one that is around the expression."""
        inside = strings.literal_at(self.known, offset)
        if inside and len(inside.quote) == 1:
            return '"' if inside.quote == "'" else "'"
        before = self.text.value[:position].rpartition("{{")[0][-1:]
        return '"' if before == "'" else "'"


@project_rule(RULE)
def check_templates(project: Project) -> Iterator[Finding]:
    defined = _own_macros(project)
    all_dags = [dag for source in project.sources for dag in dag_calls(source)]
    for source in project.sources:
        dags = dag_calls(source) or all_dags
        for place in templates(source):
            yield from _findings(place, dags, defined)
    for source in project.templates:
        if RELEVANT.search(source.text) and (template := jinja.parse(source.text)):
            text = Text(source.text, tuple(range(len(source.text))))
            yield from _findings(Place(source, text, template, []), all_dags, defined)


@cache
def templates(source: Source) -> tuple[Place, ...]:
    """The strings of a Python file that are templates and have one of the RELEVANT words."""
    return tuple(_find_templates(source))


def _find_templates(source: Source) -> Iterator[Place]:
    if "{{" not in source.text and "{%" not in source.text:
        return
    known, values = strings.literals(source), constants(source.tree)
    skipped = set(source.docstrings) | set(documentation(source.tree))
    for node, is_format in _string_expressions(source.tree, skipped):
        text = strings.text(source, node, known, values)
        if text and is_format:
            text = strings.formatted(text)
        if text and RELEVANT.search(text.value) and (template := jinja.parse(text.value)):
            yield Place(source, text, template, known)


def _findings(place: Place, dags: list[DagCall], defined: set[str]) -> Iterator[Finding]:
    template = place.template
    for index, token in enumerate(template.tokens):
        if token.value in defined or not template.is_root_name(index):
            continue
        if token.value in context_names.REMOVED:
            new = context_names.replacement(token.value, dags)
            hint = context_names.WITHOUT_EQUIVALENT.get(token.value, "")
            yield from _finding(place, index, index, token.value, new, hint)
        yield from _attribute_findings(place, index)


def _attribute_findings(place: Place, index: int) -> Iterator[Finding]:
    """`dag_run.execution_date` and others, of which only the first word is a name of the context."""
    tokens = place.template.tokens
    owner = context_names.OBJECTS.get(tokens[index].value)
    if owner is None or not place.template.following(index, ".") or index + 2 >= len(tokens):
        return
    key, name = (owner, tokens[index + 2].value), f"{tokens[index].value}.{tokens[index + 2].value}"
    if key in context_names.ATTRIBUTES:
        yield from _finding(place, index, index + 2, name, context_names.ATTRIBUTES[key])
    if key == RUN_TYPE and place.template.is_whole_expression(index, index + 2):
        yield from _run_type(place, index)
    if key in context_names.ATTRIBUTES_WITHOUT_EQUIVALENT:
        yield from _finding(place, index, index + 2, name, None, context_names.ATTRIBUTES_WITHOUT_EQUIVALENT[key])


def _run_type(place: Place, index: int) -> Iterator[Finding]:
    """Compared with a string it is the same in both."""
    last = place.template.tokens[index + 2]
    offset = place.offset(last.start)
    if offset != ELSEWHERE:
        message = "dag_run.run_type is printed as DagRunType.MANUAL in Airflow 3; in Airflow 2 as manual"
        edits = place.edit(last.start, last.end, "run_type.value")
        hint = "write dag_run.run_type.value"
        yield place.source.finding(RULE, offset, message, severity=Severity.WARNING, hint=hint, edits=edits)


def _finding(
    place: Place, first: int, last: int, name: str, new: Replacement | None, hint: str = ""
) -> Iterator[Finding]:
    tokens = place.template.tokens
    offset = place.offset(tokens[first].start)
    if offset == ELSEWHERE:  # found where the string is written
        return
    edits: tuple[Edit, ...] = ()
    if new:
        whole = new.closed or place.template.is_whole_expression(first, last)
        code = new.template if whole else f"({new.template})"
        edits = place.edit(tokens[first].start, tokens[last].end, code)
        hint = f"write {code}"
    message = f"{name} is not in the context of tasks in Airflow 3"
    yield place.source.finding(RULE, offset, message, severity=Severity.ERROR, hint=hint, edits=edits)


def _string_expressions(tree: ast.AST, skipped: set[ast.expr]) -> Iterator[tuple[ast.expr, bool]]:
    """The largest expressions that make one string, and whether `str.format` is applied to them."""
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, is_format = waiting.pop()
        if node in skipped:
            continue
        if isinstance(node, ast.Constant | ast.JoinedStr) or _is_sum(node):
            yield cast("ast.expr", node), is_format
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            waiting += [(node.func.value, True), *((child, False) for child in (*node.args, *node.keywords))]
        elif not isinstance(node, ast.JoinedStr):
            waiting += [
                (child, False) for child in ast.iter_child_nodes(node) if not (_is_sum(node) and _is_part(child))
            ]


def _is_sum(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)


def _is_part(node: ast.AST) -> bool:
    """Whether an operand of a sum has been read with it."""
    return isinstance(node, ast.Constant | ast.JoinedStr) or _is_sum(node)


def _own_macros(project: Project) -> set[str]:
    """The names that `user_defined_macros` adds to the context."""
    found: set[str] = set()
    for source in project.sources:
        values = assignments(source.tree)
        for node in source.nodes:
            if isinstance(node, ast.keyword) and node.arg == "user_defined_macros":
                value = values.get(node.value.id, node.value) if isinstance(node.value, ast.Name) else node.value
                keys = value.keys if isinstance(value, ast.Dict) else []
                found |= {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    return found
