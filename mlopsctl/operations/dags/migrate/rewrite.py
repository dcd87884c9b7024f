"""Rewrites the files of a project in memory, until no rule has anything left to rewrite."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.project import Project
from mlopsctl.operations.dags.check.rules import schedules
from mlopsctl.operations.dags.check.run import check_project
from mlopsctl.operations.dags.check.source import Source, parse, template
from mlopsctl.operations.dags.migrate.edits import apply

ROUNDS = 100  # edits that overlap are applied one after the other; a file has no more than that at one place
IMPORT_RULES = "AIR"  # ruff's


@dataclass(frozen=True)
class Migration:
    """A file, and what migrating does to it. `rules`: those that were applied. `left`: what a person has to decide; the
    lines are those of `after`."""

    path: Path
    before: str
    after: str
    encoding: str
    rules: tuple[str, ...]
    left: tuple[Finding, ...]

    @property
    def changed(self) -> bool:
        return self.before != self.after


def rewrite(project: Project) -> list[Migration]:
    """The result for each file that changes or needs a decision, sorted by path.

    Imports come last: they show whether a file is for Airflow 2, which the other rules ask.
    """
    before = {source.path: source for source in (*project.sources, *project.templates)}
    for_airflow_2 = {source.path for source in project.sources if schedules.is_for_airflow_2(source)}
    applied: dict[Path, set[str]] = defaultdict(set)
    project = _rewrite(project, lambda rule: not rule.startswith(IMPORT_RULES), applied)
    project = _rewrite(project, lambda rule: True, applied)
    left = defaultdict(list)
    for finding in {*check_project(project), *_schedules_left(project, for_airflow_2)}:
        left[finding.file].append(finding)
    after = {source.path: source for source in (*project.sources, *project.templates)}
    return [
        _migration(path, before.get(path), after.get(path), applied[path], left[path])
        for path in sorted({*before, *left})
        if path in left or applied[path]
    ]


def _rewrite(project: Project, is_wanted: Callable[[str], bool], applied: dict[Path, set[str]]) -> Project:
    for _ in range(ROUNDS):
        findings = defaultdict(list)
        for finding in check_project(project):
            if finding.edits and is_wanted(finding.rule):
                findings[finding.file].append(finding)
        sources = tuple(_edited(source, findings[source.path], applied) for source in project.sources)
        templates = tuple(_edited(source, findings[source.path], applied) for source in project.templates)
        if (sources, templates) == (project.sources, project.templates):
            break
        project = replace(project, sources=sources, templates=templates)
    return project


def _edited(source: Source, findings: list[Finding], applied: dict[Path, set[str]]) -> Source:
    """The file after one round. If all edits together do not make a valid file, the first that does; unchanged if none
    does. What is in a zip file is never changed."""
    if not findings or not source.path.is_file():
        return source
    for some in (findings, *([finding] for finding in findings)):
        text, rules = apply(source.text, some)
        if edited := _read(source, text):
            applied[source.path] |= rules
            return edited
    return source


def _read(source: Source, text: str) -> Source | None:
    """A file with another text; None if that is not valid, or has characters that the file's encoding has not."""
    try:
        content = text.encode(source.encoding)
    except UnicodeEncodeError:
        return None
    edited = template(source.path, content) if source.is_template else parse(source.path, content)
    return edited if isinstance(edited, Source) else None


def _schedules_left(project: Project, for_airflow_2: set[Path]) -> Iterable[Finding]:
    """Schedules that could not be rewritten; the imports no longer show that the file is for Airflow 2."""
    for source in project.sources:
        if source.path in for_airflow_2:
            yield from (finding for finding in schedules.findings(source) if not finding.edits)


def _migration(
    path: Path, before: Source | None, after: Source | None, rules: set[str], left: Iterable[Finding]
) -> Migration:
    """`before`: None for a file that is not valid Python."""
    old, new, encoding = (before.text, after.text, before.encoding) if before and after else ("", "", "utf-8")
    ordered = sorted(left, key=lambda finding: (finding.line, finding.column, finding.rule))
    return Migration(path, old, new, encoding, tuple(sorted(rules)), tuple(ordered))
