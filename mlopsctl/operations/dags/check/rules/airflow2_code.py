"""Names and arguments of Airflow 2, as ruff's AIR rules find them."""

from collections.abc import Iterator

from mlopsctl.adapters import ruff
from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.airflow2_renames import REMOVED_NAMES
from mlopsctl.operations.dags.check.finding import Edit, Finding
from mlopsctl.operations.dags.check.project import Project
from mlopsctl.operations.dags.check.rule import project_rule
from mlopsctl.operations.dags.check.source import Source

STILL_WORKS = ("AIR311", "AIR312")


@project_rule("AIR")
def check_airflow2_code(project: Project) -> Iterator[Finding]:
    """One call of ruff for all files: starting it costs more than checking a file."""
    for diagnostic in ruff.check_airflow3(source.text for source in project.sources):
        yield _finding(project.sources[diagnostic.index], diagnostic)


def _finding(source: Source, found: ruff.RuffDiagnostic) -> Finding:
    severity = Severity.WARNING if found.code in STILL_WORKS else Severity.ERROR
    name = found.message.split("`")[1].rpartition(".")[2] if "`" in found.message else ""
    edits = tuple(_edit(source, edit) for edit in found.edits)
    where = source.offset_of(*found.start)
    hint = found.fix or (f"use {REMOVED_NAMES[name]}" if name in REMOVED_NAMES else "")
    return source.finding(found.code, where, _message(found), severity=severity, hint=hint, edits=edits)


def _message(found: ruff.RuffDiagnostic) -> str:
    """Of what still works, ruff says in one sentence that it is removed and that it works."""
    subject, works, _ = found.message.partition("; It still works")
    if works:
        return subject.replace("is removed in Airflow 3.0", "is deprecated in Airflow 3 and will be removed")
    return found.message.rstrip(".")


def _edit(source: Source, edit: ruff.RuffEdit) -> Edit:
    return Edit(source.offset_of(*edit.start), source.offset_of(*edit.end), edit.text)
