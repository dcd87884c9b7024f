"""Compiled Python files in the DAGs folder whose source no longer exists."""

from collections.abc import Iterator

from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Verdict
from mlopsctl.core.text import plural
from mlopsctl.operations.dags.files import bytecode
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.checks.dags.folder import dags_tree
from mlopsctl.operations.doctor.context import DoctorContext

SHOWN = 3


def check_bytecode(context: DoctorContext) -> Iterator[Finding]:
    hint = Hint.of("dags", "clean")
    for entry in bytecode.find(dags_tree(context).root):
        for path in entry.orphans:
            yield Finding(f"{path} is still imported although its source was removed.", hint, details=entry.name)
        if entry.stale:
            names = ", ".join(path.name for path in entry.stale[:SHOWN])
            message = f"{entry.stale[0].parent} contains bytecode whose source was removed: {names}."
            yield Finding(message, hint, Verdict.WARNING, details=entry.name)


def remove_bytecode(context: DoctorContext, finding: Finding) -> Iterator[str]:
    for entry in bytecode.find(context.home.dags):
        if entry.name == finding.details:
            yield f"removed {plural(bytecode.remove(entry), 'bytecode file')}"


CHECKS = (
    Check(
        "dag-bytecode", Group.DAGS, "Python imports bytecode even if its source was removed.",
        check_bytecode, remove_bytecode,
    ),
)  # fmt: skip
