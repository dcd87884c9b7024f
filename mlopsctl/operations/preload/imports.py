"""The installed modules that DAG files and the files of their project import, at the top level and in functions. The
files are read, not run."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mlopsctl.operations.dags.files.folder_walk import walk

RUN_AT_PARSING = ("dag", "task_group")  # decorators


@dataclass(frozen=True)
class _Import:
    """`from MODULE import NAMES`, or `import MODULE` without names. `by_task`: only when a task calls a function."""

    module: str
    names: tuple[str, ...]
    by_task: bool


def installed_modules(dags: Path, site_packages: Path) -> dict[str, bool]:
    """Full names, and whether a module is imported by tasks only, not when DAG files are parsed. Airflow's never are:
    functions that a DAG file calls when it is parsed, such as those that make its callbacks, import them. The project's
    own modules are left out: they change.

    Raises MlopsctlError if the DAGs folder cannot be walked.
    """
    found: dict[str, bool] = {}
    for item in _imports_of_project(dags):
        for module in (item.module, *(f"{item.module}.{name}" for name in item.names)):
            if is_installed(site_packages, module):
                found[module] = found.get(module, True) and item.by_task and not module.startswith("airflow.")
    return found


def _imports_of_project(dags: Path) -> Iterator[_Import]:
    """Of the DAG files, and of the files below the folder that they import, which are followed in turn: first those
    that are imported when a DAG file is parsed."""
    pending = list(walk(dags).dag_files)
    of_tasks: list[Path] = []
    seen = set()
    while pending or of_tasks:
        by_task = not pending
        path = (pending or of_tasks).pop(0)
        if path.resolve() in seen:
            continue
        seen.add(path.resolve())
        for item in _imports(path, dags):
            found = replace(item, by_task=item.by_task or by_task)
            yield found
            modules = (item.module, *(f"{item.module}.{name}" for name in item.names))
            files = [file for module in modules if (file := _source(dags, module))]
            (of_tasks if found.by_task else pending).extend(files)


def _imports(path: Path, dags: Path) -> Iterator[_Import]:
    """Those in branches for other versions, or whose failure is handled, count, too: what cannot be imported is found
    out when the modules are tried."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return  # Airflow cannot read it either; `dags errors` says so
    package = path.relative_to(dags).parent.parts
    for node, by_task in _executed(tree):
        if isinstance(node, ast.Import):
            yield from (_Import(alias.name, (), by_task) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield _Import(module, tuple(alias.name for alias in node.names), by_task)


def _executed(node: ast.AST, by_task: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """All nodes but those that only type checkers look at. `by_task`: whether they are in a function."""
    by_task = by_task or (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_run_at_parsing(node))
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            yield from (found for part in child.orelse for found in ((part, by_task), *_executed(part, by_task)))
        else:
            yield child, by_task
            yield from _executed(child, by_task)


def _is_run_at_parsing(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = [ast.unparse(decorator).partition("(")[0] for decorator in function.decorator_list]
    return any(name.rpartition(".")[2] in RUN_AT_PARSING for name in names)


def _source(dags: Path, module: str) -> Path | None:
    """The file of a module below the DAGs folder."""
    base = dags.joinpath(*module.split("."))
    candidates = (base.with_name(f"{base.name}.py"), base / "__init__.py")
    return next((path for path in candidates if module and path.is_file()), None)


def is_installed(site_packages: Path, module: str) -> bool:
    """Whether a file of this module is in the venv. `from pandas import DataFrame` names no module."""
    base = site_packages.joinpath(*module.split("."))
    if (base / "__init__.py").is_file() or base.with_name(f"{base.name}.py").is_file():
        return True
    return bool(module) and base.parent.is_dir() and any(base.parent.glob(f"{base.name}.*.so"))
