"""Whether DAG files are valid Python, and whether the modules that they import exist."""

from collections.abc import Iterator
from pathlib import Path

from mlopsctl.core.hint import Hint
from mlopsctl.operations.dags import import_context
from mlopsctl.operations.dags.missing_modules import is_importable, keep_package, remedy_for_module
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.checks.dags.folder import dags_tree, relative
from mlopsctl.operations.doctor.checks.dags.links import link_package
from mlopsctl.operations.doctor.checks.dags.sources import first_of, location, sources
from mlopsctl.operations.doctor.context import DoctorContext


def check_syntax(context: DoctorContext) -> Iterator[Finding]:
    for source in sources(context):
        if source.error:
            message = f"{relative(context, source.path)} is not valid Python: {source.error}."
            yield Finding(message, Hint.of("dags", "errors"))


def check_modules(context: DoctorContext) -> Iterator[Finding]:
    imported_by: dict[str, list[str]] = {}
    site_packages, root = context.site_packages, dags_tree(context).root
    for source in sources(context):
        for import_ in source.imports:
            module = import_.module
            if module.split(".")[0] != "airflow" and not is_importable(module, root, site_packages):
                imported_by.setdefault(module, []).append(location(context, source.path, import_.line))
    project = import_context.read(context.platform)
    for module, where in sorted(imported_by.items()):
        remedy = remedy_for_module(module, project)
        message = f"the module {module} does not exist; {first_of(where)} imports it."
        hint = keep_package(remedy.package, project.requirements) if remedy.package else remedy.hint
        yield Finding(message, hint, details=remedy.link, fixable=bool(remedy.link), key=module)


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
