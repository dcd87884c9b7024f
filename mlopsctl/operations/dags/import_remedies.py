"""How to fix an import error, by the message of the exception."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ImportErrorReport
from mlopsctl.core.states import ImportErrorCause
from mlopsctl.operations.dags import airflow2_renames, dag_ast, module_packages
from mlopsctl.operations.dags.import_context import ImportContext
from mlopsctl.operations.dags.missing_modules import Remedy, install_remedy, remedy_for_module, stale


@dataclass(frozen=True)
class ImportFailure:
    """One traceback; `match`: the part of its message by which the cause was recognised."""

    report: ImportErrorReport
    context: ImportContext
    match: re.Match[str]


def _missing_module(failure: ImportFailure) -> Remedy:
    module = failure.match[1]
    if module.split(".")[0] == "airflow":
        return _missing_airflow_module(failure, module)
    return remedy_for_module(module, failure.context)


# Imports of Airflow 2


def _missing_airflow_module(failure: ImportFailure, module: str) -> Remedy:
    context = failure.context
    package = _provider_of(failure, module) if module.startswith("airflow.providers.") else ""
    if package and not (context.site and _is_installed(context.site, package)):
        return install_remedy(module, package, context)
    names = _names_imported_from(module, failure.report)
    return _airflow_2(f"{module} is a module of Airflow 2", airflow2_renames.replacement(module, names, context.site))


def _airflow_2(problem: str, replacement: str) -> Remedy:
    use = f"use {replacement}" if replacement else "look for its replacement in airflow.sdk or in a provider"
    return Remedy(ImportErrorCause.AIRFLOW_2_IMPORT, Hint(note=f"{problem}; {use}"))


def _is_installed(site: Path, package: str) -> bool:
    return any(site.glob(f"{package.replace('-', '_')}-*.dist-info"))


def _provider_of(failure: ImportFailure, module: str) -> str:
    """The distribution of a module below `airflow.providers`. Of a namespace such as `cncf`, Python reports the folder
    alone; then the failing file says which provider it imports."""
    below = (i.module for i in _project_imports(failure.report) if i.module.startswith(f"{module}."))
    return next(filter(None, map(module_packages.provider_distribution, (module, *below))), "")


def _project_imports(report: ImportErrorReport) -> Iterator[dag_ast.Import]:
    """What the project's files in a traceback import."""
    for path in (Path(found) for found in re.findall(r'File "([^"]+)"', report.traceback)):
        if "/site-packages/" not in str(path) and path.is_file():
            yield from dag_ast.parse_file(path).imports


def _names_imported_from(module: str, report: ImportErrorReport) -> tuple[str, ...]:
    """The names that the project's files in a traceback import from a module."""
    if found := tuple(name for i in _project_imports(report) if i.module == module for name in i.names):
        return found
    line = re.search(rf"from {re.escape(module)} import \(?([\w, ]+)", report.traceback)
    return tuple(name.split()[0] for name in line[1].split(",") if name.strip()) if line else ()


def _unexpected_argument(failure: ImportFailure) -> Remedy:
    name = failure.match[1]
    new = airflow2_renames.RENAMED_ARGUMENTS[name]
    note = f"Airflow 3 has no argument {name}: " + (f"use {new}=" if new else "remove it")
    return Remedy(ImportErrorCause.AIRFLOW_2_IMPORT, Hint(note=note))


# Missing names


def _missing_name(failure: ImportFailure) -> Remedy:
    """`cannot import name 'x' from 'module' (path)`."""
    name, module, path = failure.match[1], failure.match[2], Path(failure.match[3] or "")
    if module.split(".")[0] == "airflow":
        new = airflow2_renames.replacement(module, (name,), failure.context.site)
        return _airflow_2(f"{module} of Airflow 3 does not contain {name}", new)
    if path.suffix == ".pyc" or not path.is_file():
        return stale(f"removes {path.name}, whose source file is gone")
    return _name_not_in(path, str(path), name)


def _missing_attribute(failure: ImportFailure) -> Remedy:
    """`module 'helper' has no attribute 'x'`."""
    module, name, dags = failure.match[1], failure.match[2], failure.context.dags
    return _name_not_in(dags / f"{module.replace('.', '/')}.py" if dags else None, module, name)


def _name_not_in(path: Path | None, module: str, name: str) -> Remedy:
    if path and path.is_file() and name in dag_ast.parse_file(path).defined:
        return stale(f"{path.name} defines {name}, but Airflow still has an older version in memory")
    note = f"{module} does not define {name}: correct the name, or use a version of the file that defines it"
    return Remedy(ImportErrorCause.OTHER, Hint(note=note))


# Others


def _missing_variable(failure: ImportFailure) -> Remedy:
    name = failure.match[1] or failure.match[2]
    return Remedy(ImportErrorCause.MISSING_VARIABLE, Hint.of("variable", "set", name))


def _missing_connection(failure: ImportFailure) -> Remedy:
    name = failure.match[1] or failure.match[2]
    return Remedy(ImportErrorCause.MISSING_CONNECTION, Hint.of("connection", "set", name))


def _fixed(cause: ImportErrorCause, note: str) -> Callable[[ImportFailure], Remedy]:
    return lambda _: Remedy(cause, Hint(note=note))


# Patterns of messages; the first that matches decides.
REMEDIES: tuple[tuple[re.Pattern[str], Callable[[ImportFailure], Remedy]], ...] = tuple(
    (re.compile(pattern), find)
    for pattern, find in (
        (
            r"from partially initialized module",
            _fixed(
                ImportErrorCause.OTHER, "two modules import each other: move one import into the function that uses it"
            ),
        ),
        (r"cannot import name '(\w+)' from '([\w.]+)'(?: \(([^)]+)\))?", _missing_name),
        (r"Could not import `(airflow\.[\w.]+)\.\w+`", _missing_module),
        (r"No module named '([\w.]+)'", _missing_module),
        (r"module '([\w.]+)' has no attribute '(\w+)'", _missing_attribute),
        (rf"unexpected keyword argument '({'|'.join(airflow2_renames.RENAMED_ARGUMENTS)})'", _unexpected_argument),
        (
            r"(?:SyntaxError|IndentationError|TabError): .*",
            _fixed(ImportErrorCause.SYNTAX_ERROR, "correct the line shown"),
        ),
        (
            r"(?:Variable (\S+) (?:does not exist|not found)|Variable with key '?([^'\s]+)'? not found)",
            _missing_variable,
        ),
        (
            r"(?:conn_id `?'?([\w.-]+)[`']? isn't defined|Connection with ID '?([\w.-]+)'? not found)",
            _missing_connection,
        ),
        (
            r"AirflowDagDuplicatedIdException: .*",
            _fixed(ImportErrorCause.DUPLICATE_DAG, "give each DAG its own dag_id"),
        ),
        (
            r"(?:DagBag import timeout|AirflowTaskTimeout|Timeout).*",
            _fixed(ImportErrorCause.TIMEOUT, "move slow code from the top level of the file into a task"),
        ),
    )
)
