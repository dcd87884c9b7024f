"""Whether DAG files are valid Python, and whether the modules that they import exist."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlopsctl.core.hint import Hint
from mlopsctl.core.states import ImportErrorCause
from mlopsctl.operations.dags.files import zip_files
from mlopsctl.operations.dags.files.dag_ast import Import, PythonFile
from mlopsctl.operations.dags.import_errors import import_context, local_imports, project_requirements
from mlopsctl.operations.dags.import_errors.import_context import ImportContext
from mlopsctl.operations.dags.import_errors.missing_modules import is_importable, remedy_for_module
from mlopsctl.operations.dags.import_errors.remedy import Remedy
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.checks.dags.folder import dags_tree, relative
from mlopsctl.operations.doctor.checks.dags.links import link_package
from mlopsctl.operations.doctor.checks.dags.sources import dag_files, first_of, location, sources
from mlopsctl.operations.doctor.context import DoctorContext


def check_syntax(context: DoctorContext) -> Iterator[Finding]:
    for source in sources(context):
        if source.error:
            message = f"{relative(context, source.path)} is not valid Python: {source.error}."
            yield Finding(message, Hint.of("dags", "errors"))
    for path in dags_tree(context).files:
        if path.suffix == ".zip" and not zip_files.stops_airflow(path) and (problem := zip_files.problem(path)):
            message = f"Airflow can read no DAG in {relative(context, path)}: {problem}."
            yield Finding(message, Hint(note="replace it by a complete zip file, or remove it"))


@dataclass
class _Missing:
    """A module that cannot be imported, and where that is tried."""

    module: str
    remedy: Remedy
    file: Path
    where: list[str] = field(default_factory=list)


def check_modules(context: DoctorContext) -> Iterator[Finding]:
    project = import_context.read(context.platform)
    missing: dict[tuple[str, Hint], _Missing] = {}
    for source in sources(context):
        for import_, remedy in _not_importable(context, source, project):
            found = missing.setdefault((import_.module, remedy.hint), _Missing(import_.module, remedy, source.path))
            found.where.append(location(context, source.path, import_.line))
    for found in sorted(missing.values(), key=lambda found: found.module):
        yield _finding(found, project)


def _finding(found: _Missing, project: ImportContext) -> Finding:
    module, remedy = found.module, found.remedy
    message = f"the module {module} does not exist; {first_of(found.where)} imports it."
    if remedy.cause == ImportErrorCause.LOCAL_IMPORT:
        message = f"Airflow does not find the module {module}; {first_of(found.where)} imports it."
    keep = project_requirements.find(found.file, project).keep
    hint = keep(remedy.package) if remedy.package else remedy.hint
    key = f"{module} {found.where[0]}" if remedy.cause == ImportErrorCause.LOCAL_IMPORT else module
    return Finding(message, hint, details=remedy.link, fixable=bool(remedy.link), key=key)


def _not_importable(
    context: DoctorContext, source: PythonFile, project: ImportContext
) -> Iterator[tuple[Import, Remedy]]:
    root, site = dags_tree(context).root, context.site_packages
    archive = zip_files.zip_of(source.path)
    for import_ in () if source.extends_path else source.imports:
        top = import_.module.split(".")[0]
        in_zip = archive and zip_files.has_module(archive, top)
        if top != "airflow" and not in_zip and not is_importable(import_.module, root, site):
            yield import_, remedy_for_module(import_, project, source.path)
    if source.path in dag_files(dags_tree(context)):  # a module that is imported may use them
        for import_ in source.relative_imports:
            if not import_.in_function:
                yield import_, local_imports.relative(import_, source.path, project)


def link_module(context: DoctorContext, finding: Finding) -> Iterator[str]:
    """A package of the project that is not linked yet."""
    yield from link_package(context, Path(finding.details))


CHECKS = (
    Check("dag-syntax", Group.DAGS, "One syntax error removes all DAGs of the file.", check_syntax),
    Check(
        "dag-modules", Group.DAGS, "A missing module breaks the DAG file, or, worse, a task in the middle of a run.",
        check_modules, link_module,
    ),
)  # fmt: skip
