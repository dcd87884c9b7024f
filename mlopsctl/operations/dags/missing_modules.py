"""How to fix the import of a module that is missing: link it, install it, or have Airflow read the file again."""

import shlex
import sys
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from mlopsctl.core.hint import Hint
from mlopsctl.core.states import ImportErrorCause
from mlopsctl.operations.dags import module_packages
from mlopsctl.operations.dags.import_context import ImportContext


@dataclass(frozen=True)
class Remedy:
    """`package`, `link`: what `dags fix` installs or links."""

    cause: ImportErrorCause
    hint: Hint
    package: str = ""
    link: str = ""


def remedy_for_module(module: str, context: ImportContext) -> Remedy:
    """For a missing module that is not Airflow's: one of the project, or one that a distribution provides."""
    top = module.split(".", maxsplit=1)[0]
    if context.dags and is_importable(module, context.dags, context.site):
        return stale(f"{module} exists now, but Airflow has not read the file again")
    if context.dags and (own := _find_module(context.dags, top)):
        note = f"{own.name} in the DAGs folder does not contain {module}: correct the import, or add the missing file"
        return Remedy(ImportErrorCause.MISSING_MODULE, Hint(note=note))
    if path := next((found for folder in context.folders if (found := _find_module(folder, top))), None):
        return Remedy(ImportErrorCause.NOT_LINKED, Hint.of("link", "add", path), link=str(path))
    return install_remedy(module, module_packages.distribution_for(module, context.known), context)


def is_importable(module: str, dags: Path, site: Path | None) -> bool:
    """Whether an import finds it; of a module that is not the project's, only the top-level package is looked for."""
    top = module.split(".", maxsplit=1)[0]
    if top in sys.stdlib_module_names:
        return True
    if not any(dags.joinpath(f"{top}{suffix}").exists() for suffix in ("", ".py", ".pyc")):
        return bool(site) and PathFinder.find_spec(top, [str(site)]) is not None
    path = dags.joinpath(*module.split("."))
    return path.is_dir() or any(path.with_name(path.name + suffix).exists() for suffix in (".py", ".so", ".pyc"))


def _find_module(folder: Path, name: str) -> Path | None:
    """The module or package `name` in a folder."""
    file, package = folder / f"{name}.py", folder / name
    if file.is_file():
        return file
    return package if package.is_dir() and any(package.glob("**/*.py")) else None


def install_remedy(module: str, package: str, context: ImportContext) -> Remedy:
    if package:
        note = f"installs {package}; to keep it after the next setup:"
        keep = keep_package(package, context.requirements)
        hint = Hint.of("dags", "fix", note=f"{note} {keep.line} &&" if keep.line else note, other=keep.command)
        return Remedy(ImportErrorCause.MISSING_MODULE, hint, package=package)
    file = context.requirements
    setup = ("setup",) if file else ("setup", "--requirements", "FILE")
    note = f"first add the package that provides {module} to {file or 'FILE'}"
    return Remedy(ImportErrorCause.MISSING_MODULE, Hint.of(*setup, note=note))


def keep_package(package: str, requirements: Path | None) -> Hint:
    """How to install a package so that a later setup keeps it."""
    if not requirements:
        return Hint.of("setup", "--requirements", "FILE")
    return Hint(("setup",), line=f"echo {package} >> {shlex.quote(str(requirements))}")


def stale(note: str) -> Remedy:
    return Remedy(ImportErrorCause.STALE_MODULE, Hint.of("dags", "clean", note=note))
