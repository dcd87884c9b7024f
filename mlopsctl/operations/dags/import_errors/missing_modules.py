"""How to fix the import of a module that is missing: link it, install it, or have Airflow read the file again."""

import sys
from importlib.machinery import PathFinder
from pathlib import Path

from mlopsctl.core.hint import Hint
from mlopsctl.core.states import ImportErrorCause
from mlopsctl.operations.dags.files.dag_ast import Import
from mlopsctl.operations.dags.import_errors import local_imports, project_requirements
from mlopsctl.operations.dags.import_errors.import_context import ImportContext
from mlopsctl.operations.dags.import_errors.local_imports import find_module
from mlopsctl.operations.dags.import_errors.project_requirements import RequirementsFile
from mlopsctl.operations.dags.import_errors.remedy import Remedy, stale
from mlopsctl.operations.dags.packages import module_packages


def remedy_for_module(found: Import, context: ImportContext, file: Path | None = None) -> Remedy:
    """For a missing module that is not Airflow's: one of the project, or one that a distribution provides. `file`: the
    one that imports it, as reached from the DAGs folder."""
    module, top = found.module, found.module.split(".", maxsplit=1)[0]
    if remedy := _of_own_module(found, context, file):
        return remedy
    if top in sys.stdlib_module_names:
        return Remedy(ImportErrorCause.MISSING_MODULE, Hint(note=f"Python has no module {module}: correct the import"))
    if path := next((own for folder in context.folders if (own := find_module(folder, top))), None):
        return Remedy(ImportErrorCause.NOT_LINKED, Hint.of("link", "add", path), link=str(path))
    requirements = project_requirements.find(file, context)
    package = module_packages.distribution_for(module, context.known | requirements.names)
    return install_remedy(module, package, requirements)


def _of_own_module(found: Import, context: ImportContext, file: Path | None) -> Remedy | None:
    """If the project has it in the DAGs folder."""
    module, top = found.module, found.module.split(".", maxsplit=1)[0]
    if not context.dags:
        return None
    if remedy := local_imports.hidden(module, context.dags, context.site):
        return remedy
    if top not in sys.stdlib_module_names and is_importable(module, context.dags, context.site):
        return stale(f"{module} exists now, but Airflow has not read the file again")
    if file and (remedy := local_imports.beside(found, file, context)):
        return remedy
    if own := find_module(context.dags, top):
        note = f"{own.name} in the DAGs folder does not contain {module}: correct the import, or add the missing file"
        return Remedy(ImportErrorCause.MISSING_MODULE, Hint(note=note))
    return None


def is_importable(module: str, dags: Path, site: Path | None) -> bool:
    """Whether an import finds it; of a module that is not the project's, only the top-level package is looked for."""
    top = module.split(".", maxsplit=1)[0]
    if top in sys.stdlib_module_names:
        return True
    if not any(dags.joinpath(f"{top}{suffix}").exists() for suffix in ("", ".py", ".pyc")):
        return bool(site) and PathFinder.find_spec(top, [str(site)]) is not None
    path = dags.joinpath(*module.split("."))
    return path.is_dir() or any(path.with_name(path.name + suffix).exists() for suffix in (".py", ".so", ".pyc"))


def install_remedy(module: str, package: str, requirements: RequirementsFile) -> Remedy:
    if package:
        note = f"installs {package}; to keep it after the next setup:"
        keep = requirements.keep(package)
        hint = Hint.of("dags", "fix", note=f"{note} {keep.line} &&" if keep.line else note, other=keep.command)
        return Remedy(ImportErrorCause.MISSING_MODULE, hint, package=package)
    note = f"first add the package that provides {module} to {requirements.path or 'FILE'}"
    note += f"; {requirements.note}" if requirements.note else ""
    return Remedy(ImportErrorCause.MISSING_MODULE, Hint.of(*requirements.setup, note=note))
