"""Imports of the project's own modules, and of packages that its requirements do not list."""

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions

from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.check import modules
from mlopsctl.operations.dags.check.declared import Requirements
from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.project import Project
from mlopsctl.operations.dags.check.rule import project_rule
from mlopsctl.operations.dags.check.source import Source
from mlopsctl.operations.dags.files.dag_ast import Import
from mlopsctl.operations.dags.packages.module_packages import distribution_for, normalize, provider_distribution

REQUIREMENTS, LOCAL_IMPORT = "requirements", "local-import"
SHARED_NAMESPACES = frozenset({"google", "azure", "microsoft"})  # of many distributions


@project_rule(REQUIREMENTS)
def check_requirements(project: Project) -> Iterator[Finding]:
    """Only against a file that the user gave: what a found one leaves out can come with an image."""
    if not (requirements := project.declared.requirements):
        return
    own = modules.names_in_project(project)
    for source in project.sources:
        for found in source.names.imports:
            top = found.module.split(".")[0]
            if top not in sys.stdlib_module_names and (top not in own or top == "airflow"):
                yield from _not_required(source, found, requirements)


def _not_required(source: Source, found: Import, requirements: Requirements) -> Iterator[Finding]:
    """An error where it is certain which distribution provides the module."""
    top = found.module.split(".")[0]
    package = _distribution(found)
    if package:
        if normalize(package) not in requirements.names:
            message = f"{found.module} is imported, but {requirements.file} does not list {package}"
            hint = f"add {package} to {requirements.file}"
            yield source.finding(REQUIREMENTS, source.line_starts[found.line - 1], message, hint=hint)
    elif top != "airflow" and requirements.complete and top not in SHARED_NAMESPACES:
        installed = {normalize(name) for name in packages_distributions().get(top, ())}
        if not installed & requirements.names and not _resembles(top, requirements.names):
            message = f"{found.module} is imported, but nothing in {requirements.file} is known to provide it"
            where = source.line_starts[found.line - 1]
            yield source.finding(REQUIREMENTS, where, message, severity=Severity.WARNING)


def _distribution(found: Import) -> str:
    if found.module.split(".")[0] != "airflow":
        return distribution_for(found.module)
    modules = (found.module, *(f"{found.module}.{name}" for name in found.names))
    return next(filter(None, map(provider_distribution, modules)), "")


def _resembles(module: str, names: frozenset[str]) -> bool:
    """Whether the name of a distribution and that of a module contain each other: `fitz` does not tell of pymupdf, but
    `snowflake` of snowflake-connector-python."""
    name = normalize(module).replace("-", "")
    return any(name in other.replace("-", "") or other.replace("-", "") in name for other in names)


@project_rule(LOCAL_IMPORT)
def check_local_imports(project: Project) -> Iterator[Finding]:
    """Airflow has the DAGs folder on its path, but not the folder of a DAG file in it, and it reads no DAG file as part
    of a package."""
    for source in project.sources:
        if "sys.path" not in source.text:
            yield from _relative_imports(source)
            yield from _imports_from_same_folder(source)


def _relative_imports(source: Source) -> Iterator[Finding]:
    folder, dags = source.path.absolute().parent, modules.dags_folder(source.path)
    for node in source.tree.body if source.names.dag_ids else ():
        if isinstance(node, ast.ImportFrom) and node.level:
            package = folder.joinpath(*[".."] * (node.level - 1)).resolve()
            module = modules.dotted(dags, package, node.module) if dags and package.is_relative_to(dags) else ""
            message = "a relative import fails in a DAG file, because Airflow does not read it as part of a package"
            hint = f"write `from {module} import …`" if module else "write the path from the DAGs folder"
            yield source.finding(LOCAL_IMPORT, node, message, hint=hint)


def _imports_from_same_folder(source: Source) -> Iterator[Finding]:
    folder, dags = source.path.absolute().parent, modules.dags_folder(source.path)
    if not dags or folder == dags:
        return
    for found in source.names.imports:
        top = found.module.split(".")[0]
        if not modules.find(folder, top) or top in sys.stdlib_module_names or distribution_for(top):
            continue
        if not any(modules.find(other, top) for other in modules.search_path(dags)):
            message = f"{top} is in the folder of this file, which is not on Airflow's path"
            hint = f"write `from {modules.dotted(dags, folder, found.module)} import …`"
            yield source.finding(LOCAL_IMPORT, source.line_starts[found.line - 1], message, hint=hint)
