"""Applies all rules."""

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mlopsctl.operations.dags.check import project as projects
from mlopsctl.operations.dags.check import rules
from mlopsctl.operations.dags.check.declared import NOTHING_DECLARED, Declared
from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.project import Project
from mlopsctl.operations.dags.check.rule import PROJECT_RULES, SOURCE_RULES
from mlopsctl.operations.dags.check.target import DEFAULT_TARGET, Target

for module in pkgutil.iter_modules(rules.__path__, f"{rules.__name__}."):
    importlib.import_module(module.name)  # registers its rules
RULES = (*SOURCE_RULES, *PROJECT_RULES)

ONLY_IN_AIRFLOW_3 = ("AIR", "airflow-2-")  # how rules begin that find what is right in Airflow 2
RECURSION_LIMIT = 50_000
SUPPRESSION = re.compile(r"#\s*noqa(?::\s*(?P<rules>[\w-]+(?:[,\s]+[\w-]+)*))?", re.IGNORECASE)


def check(
    paths: Iterable[Path], declared: Declared = NOTHING_DECLARED, target: Target = DEFAULT_TARGET
) -> list[Finding]:
    """All findings, by file and line. Raises UsageError if a path does not exist, MlopsctlError, OSError."""
    return check_project(projects.read(paths, declared, target))


def check_project(project: Project) -> list[Finding]:
    """All findings of files that were read already."""
    with _deep_recursion():
        found = {*project.unreadable, *_findings(project)}
    if project.target.airflow2:
        found = {finding for finding in found if not finding.rule.startswith(ONLY_IN_AIRFLOW_3)}
    lines = {source.path: source.lines for source in project.sources}
    kept = (finding for finding in found if not _is_suppressed(finding, lines.get(finding.file, [])))
    return sorted(kept, key=lambda finding: (finding.file, finding.line, finding.column, finding.rule, finding.message))


def _findings(project: Project) -> Iterator[Finding]:
    for source in project.sources:
        for check_source in SOURCE_RULES.values():
            yield from check_source(source)
    for check_all in PROJECT_RULES.values():
        yield from check_all(project)


@contextmanager
def _deep_recursion() -> Iterator[None]:
    """For visitors of a tree: in `a >> b >> c`, each operator is one level. Python itself parses deeper trees than its
    limit allows to visit; while it parses, its own limit has to stay."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _is_suppressed(finding: Finding, lines: list[str]) -> bool:
    """By `# noqa` or `# noqa: RULE, RULE` at the end of its line, as for ruff and flake8."""
    comment = SUPPRESSION.search(lines[finding.line - 1]) if finding.line <= len(lines) else None
    if not comment:
        return False
    return not comment["rules"] or finding.rule in re.split(r"[,\s]+", comment["rules"])
