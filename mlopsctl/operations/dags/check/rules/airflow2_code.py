"""Imports, names and arguments of Airflow 2: ruff's AIR rules, and the imports that they miss."""

import ast
import re
from collections.abc import Collection, Iterator

from mlopsctl.adapters import ruff
from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.airflow2 import renames
from mlopsctl.operations.dags.airflow2.arguments import RENAMED_ARGUMENTS
from mlopsctl.operations.dags.airflow2.removed import STILL_THERE, is_removed, is_removed_module
from mlopsctl.operations.dags.check import argument_edits
from mlopsctl.operations.dags.check.finding import Edit, Finding
from mlopsctl.operations.dags.check.project import Project
from mlopsctl.operations.dags.check.rule import project_rule
from mlopsctl.operations.dags.check.source import Source
from mlopsctl.operations.dags.files.dag_ast import Import

IMPORT_RULE = "airflow-2-import"
STILL_WORKS = ("AIR311", "AIR312")
UNKNOWN = "look for its replacement in airflow.sdk or in a provider, or remove the import if nothing uses it"
LINE_REST = re.compile(r"[ \t]*(?:\r\n|\r|\n)")


@project_rule("AIR")
def check_airflow2_code(project: Project) -> Iterator[Finding]:
    """One call of ruff for all files: starting it costs more than checking a file."""
    unused = [_imports_as_uses(source) for source in project.sources]
    reported = set()
    texts = [source.text + uses for source, (uses, _) in zip(project.sources, unused, strict=True)]
    for found in ruff.check_airflow3(texts, project.target.python):
        source, (_, imports), name = project.sources[found.index], unused[found.index], _named(found)
        line_of_use = found.start[0] - len(source.line_starts)
        if line_of_use <= 0:
            where = source.offset_of(*found.start)
            edits = _edits(source, found) or argument_edits.edits_for(source, name, where)
            yield _finding(source, found, name, where, edits)
        elif (source, name) not in reported:
            node = imports[line_of_use - 1]
            edits = _without(source, node, (name.rpartition(".")[2],)) or _edits(source, found)
            yield _finding(source, found, name, source.offset(node.lineno, 0), edits)
        reported.add((source, name))
    for source in project.sources:
        for import_ in source.names.imports:
            known = {
                name for name in import_.names if {(source, name), (source, f"{import_.module}.{name}")} & reported
            }
            yield from _removed_import(source, import_, known)


def _imports_as_uses(source: Source) -> tuple[str, list[ast.ImportFrom]]:
    """Lines below the source that use every name that it imports from Airflow, because ruff reports only uses; and the
    import of each line."""
    nodes = [node for node in source.tree.body if isinstance(node, ast.ImportFrom) and node.module]
    imported = [
        (alias.asname or alias.name, node)
        for node in nodes
        for alias in node.names
        if str(node.module).startswith("airflow") and alias.name != "*"
    ]
    return "".join(f"\n{name}" for name, _ in imported), [node for _, node in imported]


def _named(found: ruff.RuffDiagnostic) -> str:
    """What the message is about: `airflow.utils.dates.days_ago`, or an argument."""
    return found.message.split("`")[1] if "`" in found.message else ""


def _finding(source: Source, found: ruff.RuffDiagnostic, name: str, where: int, edits: tuple[Edit, ...]) -> Finding:
    module, _, last = name.rpartition(".")
    works = name in STILL_THERE or (found.code in STILL_WORKS and not is_removed(module, last))
    severity = Severity.WARNING if works else Severity.ERROR
    hint = found.fix or _hint(last)
    return source.finding(found.code, where, _message(found, works), severity=severity, hint=hint, edits=edits)


def _hint(name: str) -> str:
    """For a name or an argument that ruff does not replace."""
    if replacement := renames.REMOVED_NAMES.get(name):
        return f"use {replacement}"
    return "remove it" if RENAMED_ARGUMENTS.get(name) == "" else ""


def _message(found: ruff.RuffDiagnostic, works: bool) -> str:
    """Of what still works, ruff says in one sentence that it is removed and that it works."""
    subject = found.message.partition("; It still works")[0].rstrip(".;")
    return subject.replace("is removed in", "is deprecated in") if works else subject


def _edits(source: Source, found: ruff.RuffDiagnostic) -> tuple[Edit, ...]:
    """Those of ruff, without the lines that were added below the source."""
    return tuple(
        Edit(source.offset_of(*edit.start), source.offset_of(*edit.end), edit.text)
        for edit in found.edits
        if edit.start[0] <= len(source.line_starts)
    )


def _removed_import(source: Source, found: Import, reported: Collection[str]) -> Iterator[Finding]:
    """An import that fails in Airflow 3 even if nothing uses what it imports. `reported`: the names that ruff knows."""
    names = tuple(name for name in found.names if name not in reported and is_removed(found.module, name))
    if not names and (found.names or not is_removed_module(found.module)):
        return
    whole = is_removed_module(found.module) and not reported
    what = found.module if whole else ", ".join(f"{found.module}.{name}" for name in names)
    where = "current releases of its provider" if what.startswith("airflow.providers.") else "Airflow 3"
    replacement = renames.replacement(found.module, names, None)
    hint = f"use {replacement}" if replacement else UNKNOWN
    nodes = (node for node in source.nodes if isinstance(node, ast.ImportFrom) and node.lineno == found.line)
    edits = next((_without(source, node, names) for node in nodes), ())
    start = source.line_starts[found.line - 1]
    yield source.finding(IMPORT_RULE, start, f"`{what}` does not exist in {where}", hint=hint, edits=edits)


def _without(source: Source, node: ast.ImportFrom, removed: Collection[str]) -> tuple[Edit, ...]:
    """The edit that removes names from an import, if nothing in the file uses them."""
    used = {name.id for name in source.nodes if isinstance(name, ast.Name)}
    gone = [alias for alias in node.names if alias.name in removed]
    if "*" in removed or any((alias.asname or alias.name) in used for alias in gone) or "__all__" in used:
        return ()
    if kept := [alias for alias in node.names if alias not in gone]:
        return (source.replace(node, f"from {node.module} import {', '.join(map(ast.unparse, kept))}"),)
    start, end = source.span(node)
    line = source.line_starts[node.lineno - 1]
    alone = not source.text[line:start].strip() and node in source.tree.body and node is not source.tree.body[-1]
    if not alone or not (rest := LINE_REST.match(source.text, end)):
        return ()
    return (Edit(line, rest.end(), ""),)
