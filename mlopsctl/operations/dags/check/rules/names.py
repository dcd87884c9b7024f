"""DAG ids that two files define, and connections and variables that nothing declares."""

from collections.abc import Iterator
from pathlib import Path

from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.check.declared import Entries, is_project_root
from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.modules import dags_folder
from mlopsctl.operations.dags.check.project import Project
from mlopsctl.operations.dags.check.rule import project_rule
from mlopsctl.operations.dags.check.source import Source
from mlopsctl.operations.dags.files.dag_ast import Reference

DUPLICATE_DAG, CONNECTION, VARIABLE = "duplicate-dag-id", "undefined-connection", "undefined-variable"
TEST_FOLDERS = frozenset({"test", "tests"})  # DAGs in tests are not in the DAGs folder


@project_rule(DUPLICATE_DAG)
def check_dag_ids(project: Project) -> Iterator[Finding]:
    """A repository can have several DAGs folders, of Airflows of their own."""
    first: dict[tuple[str, Path | None], tuple[Source, Reference]] = {}
    for source in project.sources:
        root = next(path for path in project.paths if source.path.is_relative_to(path))
        if TEST_FOLDERS & set(source.path.relative_to(root).parts):
            continue
        dags = dags_folder(source.path)
        certain = dags or not is_project_root(root)
        for reference in source.names.dag_ids:
            other, where = first.setdefault((reference.name, dags), (source, reference))
            if other is not source:
                message = f"the DAG {reference.name} is in {other.path}, line {where.line}, too; Airflow shows only one"
                yield source.finding(
                    DUPLICATE_DAG,
                    source.line_starts[reference.line - 1],
                    message,
                    severity=Severity.ERROR if certain else Severity.WARNING,
                    hint="give each DAG an id of its own",
                )


@project_rule(CONNECTION)
def check_connections(project: Project) -> Iterator[Finding]:
    if declared := project.declared.connections:
        for source in project.sources:
            yield from _undefined(source, CONNECTION, "connection", source.names.connections, declared)


@project_rule(VARIABLE)
def check_variables(project: Project) -> Iterator[Finding]:
    if declared := project.declared.variables:
        for source in project.sources:
            yield from _undefined(source, VARIABLE, "variable", source.names.variables, declared)


def _undefined(
    source: Source, rule: str, noun: str, references: list[Reference], declared: Entries
) -> Iterator[Finding]:
    for reference in references:
        if reference.name not in declared.names:
            message = f"{declared.file} does not define the {noun} {reference.name}"
            where = source.line_starts[reference.line - 1]
            yield source.finding(rule, where, message, severity=declared.severity)
