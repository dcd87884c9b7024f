"""The registry of rules. A rule reads one source, or all sources of a project, and yields findings."""

from collections.abc import Callable, Iterator

from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.project import Project
from mlopsctl.operations.dags.check.source import Source

SourceRule = Callable[[Source], Iterator[Finding]]
ProjectRule = Callable[[Project], Iterator[Finding]]

SOURCE_RULES: dict[str, SourceRule] = {}
PROJECT_RULES: dict[str, ProjectRule] = {}


def rule(name: str) -> Callable[[SourceRule], SourceRule]:
    """Register a rule for single files. `name`: as in its findings, and in the documentation."""

    def register(check: SourceRule) -> SourceRule:
        SOURCE_RULES[name] = check
        return check

    return register


def project_rule(name: str) -> Callable[[ProjectRule], ProjectRule]:
    """Register a rule that needs all files: it compares them, or reads files that are not Python."""

    def register(check: ProjectRule) -> ProjectRule:
        PROJECT_RULES[name] = check
        return check

    return register
