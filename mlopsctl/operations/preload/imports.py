"""The installed modules that DAG files and the files of their project import, at the top level and in functions. The
files are read, not run."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.operations.dags.files.folder_walk import walk


@dataclass(frozen=True)
class _Import:
    """`from MODULE import NAMES`, or `import MODULE` without names."""

    module: str
    names: tuple[str, ...] = ()


def installed_modules(dags: Path, site_packages: Path) -> list[str]:
    """Full names, in the order in which they are met. The project's own modules are left out: they change.

    Raises MlopsctlError if the DAGs folder cannot be walked.
    """
    found = {}
    for item in _imports_of_project(dags):
        for module in (item.module, *(f"{item.module}.{name}" for name in item.names)):
            if _is_installed(site_packages, module):
                found[module] = True
    return list(found)


def _imports_of_project(dags: Path) -> Iterator[_Import]:
    """Of the DAG files, and of the files below the folder that they import, which are followed in turn."""
    pending = list(walk(dags).dag_files)
    seen = set()
    while pending:
        path = pending.pop(0)
        if path.resolve() in seen:
            continue
        seen.add(path.resolve())
        for item in _imports(path, dags):
            yield item
            modules = (item.module, *(f"{item.module}.{name}" for name in item.names))
            pending += [file for module in modules if (file := _source(dags, module))]


def _imports(path: Path, dags: Path) -> Iterator[_Import]:
    """Those in branches for other versions, or whose failure is handled, count, too: what cannot be imported is found
    out when the modules are tried."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return  # Airflow cannot read it either; `dags errors` says so
    package = path.relative_to(dags).parent.parts
    for node in _executed(tree):
        if isinstance(node, ast.Import):
            yield from (_Import(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield _Import(module, tuple(alias.name for alias in node.names))


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only type checkers look at."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            yield from (found for part in child.orelse for found in (part, *_executed(part)))
        else:
            yield child
            yield from _executed(child)


def _source(dags: Path, module: str) -> Path | None:
    """The file of a module below the DAGs folder."""
    base = dags.joinpath(*module.split("."))
    candidates = (base.with_name(f"{base.name}.py"), base / "__init__.py")
    return next((path for path in candidates if module and path.is_file()), None)


def _is_installed(site_packages: Path, module: str) -> bool:
    """Whether a file of this module is in the venv. `from pandas import DataFrame` names no module."""
    base = site_packages.joinpath(*module.split("."))
    if (base / "__init__.py").is_file() or base.with_name(f"{base.name}.py").is_file():
        return True
    return bool(module) and base.parent.is_dir() and any(base.parent.glob(f"{base.name}.*.so"))
