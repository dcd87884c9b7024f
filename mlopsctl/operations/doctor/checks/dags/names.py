"""The DAG ids, variables and connections that DAG files name."""

from collections.abc import Callable, Iterator
from pathlib import Path

from mlopsctl.core.hint import Hint
from mlopsctl.operations.dags.files.dag_ast import PythonFile, Reference
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.checks.dags.sources import first_of, location, sources
from mlopsctl.operations.doctor.context import DoctorContext

# Setup creates these only with alerts, and DAGs need them only then.
ALERT_NAMES = frozenset({"ALERT_EMAIL", "alert_webhook", "smtp_default"})


def check_dag_ids(context: DoctorContext) -> Iterator[Finding]:
    found: dict[str, dict[Path, Reference]] = {}
    for source in sources(context):
        for reference in source.dag_ids:
            found.setdefault(reference.name, {}).setdefault(source.path, reference)
    for dag_id, files in sorted(found.items()):
        if len(files) > 1:
            where = " and ".join(location(context, path, reference.line) for path, reference in files.items())
            yield Finding(
                f"{where} define the same DAG, {dag_id}; Airflow shows the one that it read last.",
                Hint.of("dags", "clean", note="after you gave each DAG an id of its own"),
            )


def check_variables(context: DoctorContext) -> Iterator[Finding]:
    known = {variable.name for variable in context.cached("variables", context.api.variables)}
    yield from _unknown(context, "variable", known, lambda source: source.variables)


def check_connections(context: DoctorContext) -> Iterator[Finding]:
    known = {connection.name for connection in context.cached("connections", context.api.connections)}
    yield from _unknown(context, "connection", known, lambda source: source.connections)


def _unknown(
    context: DoctorContext, kind: str, known: set[str], references: Callable[[PythonFile], list[Reference]]
) -> Iterator[Finding]:
    known |= ALERT_NAMES if not context.platform.settings.alerts else set()
    used_by: dict[str, list[str]] = {}
    for source in sources(context):
        for reference in references(source):
            if reference.name not in known:
                used_by.setdefault(reference.name, []).append(location(context, source.path, reference.line))
    for name, where in sorted(used_by.items()):
        yield Finding(f"the {kind} {name} does not exist; {first_of(where)} uses it.", Hint.of(kind, "set", name))


CHECKS = (
    Check("dag-ids", Group.DAGS, "If two files define the same DAG, Airflow alternates between them.", check_dag_ids),
    Check("dag-variables", Group.DAGS, "A task fails if it reads a variable that does not exist.", check_variables),
    Check(
        "dag-connections", Group.DAGS, "A task fails if it uses a connection that does not exist.", check_connections
    ),
)
