"""Code of Airflow 2 in the DAG files, also where it fails only when a task runs."""

from collections.abc import Iterator
from pathlib import Path

from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.check import finding
from mlopsctl.operations.dags.check import project as projects
from mlopsctl.operations.dags.check.run import check_project
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.checks.dags.folder import dags_tree
from mlopsctl.operations.doctor.checks.dags.sources import first_of, location, sources
from mlopsctl.operations.doctor.context import DoctorContext

# What these rules call an error fails for certain. xcom_pull without task_ids can be meant: a task reads its own value.
RULES = (
    "AIR",
    "airflow-2-import",
    "airflow-2-operator",
    "airflow-2-database",
    "airflow-2-context",
    "airflow-2-template",
)


def check_airflow2_code(context: DoctorContext) -> Iterator[Finding]:
    """What `dags check` calls an error; each kind once per file."""
    if context.platform.airflow.release.is_airflow2:
        return
    root = dags_tree(context).root
    read = {source.path.resolve() for source in sources(context)}
    first: dict[tuple[Path, str], finding.Finding] = {}
    places: dict[tuple[Path, str], list[str]] = {}
    for found in check_project(projects.read([root])):
        is_code = found.file.suffix == ".py"
        if found.severity is not Severity.ERROR or (is_code and found.file.resolve() not in read):
            continue
        if found.rule.startswith(RULES):
            key = found.file, found.message
            first.setdefault(key, found)
            places.setdefault(key, []).append(location(context, found.file, found.line))
    for key, found in first.items():
        yield Finding(f"{first_of(places[key])}: {found.message}.", _hint(found))


def _hint(found: finding.Finding) -> Hint:
    if found.edits:
        return Hint.of("dags", "migrate", found.file, note=found.hint)
    return Hint(note=found.hint or "look for it in Upgrading to Airflow 3 of Airflow's documentation")


CHECKS = (
    Check(
        "dag-airflow-2", Group.DAGS, "What Airflow 3 has removed breaks a DAG file, or a task in the middle of a run.",
        check_airflow2_code,
    ),
)  # fmt: skip
