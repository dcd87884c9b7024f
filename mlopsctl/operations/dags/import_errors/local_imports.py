"""Imports of the project's own modules that Airflow cannot follow: it has the DAGs folder on its path, but not the
folder of a DAG file, and reads no DAG file as part of a package."""

import keyword
import re
import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder
from pathlib import Path

from mlopsctl.core.hint import Hint
from mlopsctl.core.states import ImportErrorCause
from mlopsctl.operations.dags.files import zip_files
from mlopsctl.operations.dags.files.dag_ast import Import
from mlopsctl.operations.dags.import_errors.import_context import ImportContext
from mlopsctl.operations.dags.import_errors.remedy import Remedy


def find_module(folder: Path, name: str) -> Path | None:
    """The module or package `name` in a folder."""
    file, package = folder / f"{name}.py", folder / name
    if file.is_file():
        return file
    return package if package.is_dir() and any(package.glob("**/*.py")) else None


def beside(found: Import, file: Path, context: ImportContext) -> Remedy | None:
    """For a module that is in the folder of the file that imports it, or in one above, below the DAGs folder."""
    if not context.dags or not file.is_relative_to(context.dags):
        return None
    top = found.module.split(".")[0]
    for folder in file.parents[: len(file.relative_to(context.dags).parts) - 1]:
        if find_module(folder, top):
            return _write(folder.relative_to(context.dags).parts, found, context.site)
    return None


def hidden(module: str, dags: Path, site: Path | None) -> Remedy | None:
    """For a module of the DAGs folder that another one of the same name comes before."""
    top = module.split(".", maxsplit=1)[0]
    other, own = _comes_first(top, site), find_module(dags, top)
    folder = dags / top
    if not other and own != folder and "." in module and folder.is_dir() and not (folder / "__init__.py").exists():
        return _by_hand(f"Python finds {top}.py before {top}, a folder without __init__.py: rename one of them")
    if not other or not own:
        return None
    note = f"Python finds {other} {top} first: give {own.name} in the DAGs folder another name, and import it by that"
    return _by_hand(note)


def _comes_first(top: str, site: Path | None) -> str:
    if top in sys.stdlib_module_names:
        return "its own"
    spec = PathFinder.find_spec(top, [str(site)]) if site else None
    return "the installed" if spec and spec.origin else ""  # a namespace is joined with what the DAGs folder has


def relative(found: Import, file: Path, context: ImportContext) -> Remedy:
    """`found.module`: with its dots."""
    module = found.module.lstrip(".")
    up = len(found.module) - len(module) - 1  # folders
    plain = Import(module, found.line, found.names)
    root = zip_files.zip_of(file) or context.dags
    if not root or not file.is_relative_to(root):
        return _by_hand("write the import from the DAGs folder, without dots")
    package = file.relative_to(root).parts[:-1]
    if up < len(package):
        return _write(package[: len(package) - up], plain, context.site)
    top = (module or plain.names[0]).split(".")[0]
    above = file.resolve().parents  # above a linked folder is not the DAGs folder
    outside = find_module(above[up], top) if up < len(above) else None
    if outside and not find_module(root, top):
        hint = Hint.of("link", "add", outside, note=f"then write {_statement((), plain)}")
        return Remedy(ImportErrorCause.NOT_LINKED, hint, link=str(outside))
    if up == len(package):
        return _write((), plain, context.site)
    return _by_hand("the import leads out of the DAGs folder: link what it imports, and write the import without dots")


def _write(package: Sequence[str], found: Import, site: Path | None) -> Remedy:
    """`package`: the folders from the DAGs folder to the module."""
    invalid = next((part for part in package if not part.isidentifier() or keyword.iskeyword(part)), "")
    other = _comes_first(package[0], site) if package else ""
    if invalid:
        new = re.sub(r"\W", "_", invalid)
        new = new if new.isidentifier() and not keyword.iskeyword(new) else f"dags_{new}"
        reason = f"no import can name {invalid}: rename the folder to {new}, then write"
        package = [new if part == invalid else part for part in package]
    elif other:
        new = f"{package[0]}_dags"
        reason = f"Python finds {other} {package[0]} first: rename the folder to {new}, then write"
        package = [new, *package[1:]]
    else:
        reason = "Airflow imports modules from the DAGs folder: write"
    return _by_hand(f"{reason} {_statement(package, found)}")


def _statement(package: Sequence[str], found: Import) -> str:
    module = ".".join([*package, *([found.module] if found.module else [])])
    if found.names and module:
        return f"from {module} import {', '.join(found.names)}"
    if found.names:
        return f"import {', '.join(found.names)}"
    if package and "." not in found.module:
        return f"from {'.'.join(package)} import {found.module}"
    return f"import {module}"


def _by_hand(note: str) -> Remedy:
    return Remedy(ImportErrorCause.LOCAL_IMPORT, Hint(note=note))
