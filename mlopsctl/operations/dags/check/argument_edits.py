"""Edits of calls: arguments that are removed, renamed or added, and what ruff reports but does not fix."""

import ast
from collections.abc import Iterator

from mlopsctl.operations.dags.airflow2.arguments import RENAMED_ARGUMENTS
from mlopsctl.operations.dags.check import import_edits
from mlopsctl.operations.dags.check.finding import Edit
from mlopsctl.operations.dags.check.source import Source


def edits_for(source: Source, name: str, offset: int) -> tuple[Edit, ...]:
    """The edits for a name or an argument of Airflow 2 at a place of a file, where ruff has none. `name`: with its
    module, as `airflow.utils.dates.days_ago`."""
    last = name.rpartition(".")[2]
    if RENAMED_ARGUMENTS.get(last) == "":
        return next((remove(source, call, given) for call, given in _arguments(source, offset)), ())
    if name.endswith("TriggerRule.DUMMY"):
        return _replace_attribute(source, offset, "ALWAYS")
    return _without_days_ago(source, offset) if last == "days_ago" else ()


def remove(source: Source, call: ast.Call, argument: ast.keyword) -> tuple[Edit, ...]:
    """Removes an argument and its comma."""
    spans = sorted(source.span(given) for given in _all(call))
    index = spans.index(source.span(argument))
    start, end = spans[index]
    if index + 1 < len(spans):
        return (Edit(start, spans[index + 1][0], ""),)
    return (Edit(spans[index - 1][1] if index else start, end, ""),)


def add(source: Source, call: ast.Call, code: str) -> tuple[Edit, ...]:
    """Adds an argument after the last one."""
    last = max((source.span(argument)[1] for argument in _all(call)), default=0)
    if last:
        return (Edit(last, last, f", {code}"),)
    opening = source.span(call.func)[1] + 1
    return (Edit(opening, opening, code),)


def rename(source: Source, argument: ast.keyword, name: str) -> tuple[Edit, ...]:
    """Gives an argument another name."""
    start = source.span(argument)[0]
    return (Edit(start, start + len(argument.arg or ""), name),)


def remove_item(source: Source, dictionary: ast.Dict, key: str) -> tuple[Edit, ...]:
    """Removes an item and its comma from a dictionary; no edit if it has no such key, or `**others`."""
    names = [node.value if isinstance(node, ast.Constant) else None for node in dictionary.keys]
    keys = [node for node in dictionary.keys if node is not None]
    if key not in names or len(keys) != len(names):
        return ()
    index = names.index(key)
    start, end = source.span(keys[index])[0], source.span(dictionary.values[index])[1]
    if index + 1 < len(keys):
        return (Edit(start, source.span(keys[index + 1])[0], ""),)
    return (Edit(source.span(dictionary.values[index - 1])[1] if index else start, end, ""),)


def _all(call: ast.Call) -> list[ast.expr | ast.keyword]:
    return [*call.args, *call.keywords]


def _arguments(source: Source, offset: int) -> Iterator[tuple[ast.Call, ast.keyword]]:
    """The argument that begins at a place."""
    for call in (node for node in source.nodes if isinstance(node, ast.Call)):
        yield from ((call, argument) for argument in call.keywords if source.span(argument)[0] == offset)


def _replace_attribute(source: Source, offset: int, name: str) -> tuple[Edit, ...]:
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and source.span(node.value)[0] <= offset < source.span(node)[1]:
            end = source.span(node)[1]
            return (Edit(end - len(node.attr), end, name),)
    return ()


def _without_days_ago(source: Source, offset: int) -> tuple[Edit, ...]:
    """`days_ago(2)` is midnight in UTC two days ago; it has more arguments, which hardly anybody uses."""
    for node in source.nodes:
        if not isinstance(node, ast.Call) or not source.span(node.func)[0] <= offset < source.span(node.func)[1]:
            continue
        if len(node.args) != 1 or node.keywords:
            return ()
        days = source.segment(node.args[0])
        number = f"-{days}" if days.isdecimal() else f"-({days})"
        return (
            source.replace(node, f'pendulum.today("UTC").add(days={number})'),
            *import_edits.add_module(source, "pendulum"),
        )
    return ()
