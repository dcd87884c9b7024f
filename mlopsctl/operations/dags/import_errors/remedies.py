"""How to fix an import error, by the message of the exception."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ImportErrorReport
from mlopsctl.core.states import ImportErrorCause
from mlopsctl.operations.dags.airflow2 import arguments, renames
from mlopsctl.operations.dags.airflow2.arguments import TRIGGER_RULES
from mlopsctl.operations.dags.airflow2.database import ADVICE, METADATA_DATABASE
from mlopsctl.operations.dags.airflow2.removed import is_removed, is_removed_module
from mlopsctl.operations.dags.files import dag_ast, zip_files
from mlopsctl.operations.dags.import_errors import local_imports, project_requirements, traceback_text
from mlopsctl.operations.dags.import_errors.import_context import NO_CONTEXT, ImportContext
from mlopsctl.operations.dags.import_errors.missing_modules import install_remedy, remedy_for_module
from mlopsctl.operations.dags.import_errors.remedy import Remedy, stale
from mlopsctl.operations.dags.packages import module_packages


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
    found = next((i for i in _parsed(failure).imports if f"{i.module}.".startswith(f"{module}.")), None)
    return remedy_for_module(found or dag_ast.Import(module, 0), failure.context, _importing_file(failure))


def _relative_import(failure: ImportFailure) -> Remedy:
    """`attempted relative import with no known parent package`."""
    file, line = _importing_file(failure), traceback_text.line(failure.report.traceback)
    found = _parsed(failure).relative_imports
    if not file or not found:
        return Remedy(ImportErrorCause.LOCAL_IMPORT, Hint(note="write the import from the DAGs folder, without dots"))
    return local_imports.relative(next((i for i in found if i.line == line), found[0]), file, failure.context)


def _importing_file(failure: ImportFailure) -> Path | None:
    """The last file of the project in the traceback, as reached from the DAGs folder."""
    dags = failure.context.dags
    file = Path(traceback_text.file(failure.report.traceback))
    if dags and not file.is_relative_to(dags):
        return dags / failure.report.file
    return file if dags else None


def _parsed(failure: ImportFailure) -> dag_ast.PythonFile:
    file = _importing_file(failure)
    if not file or not zip_files.exists(file):
        return dag_ast.PythonFile(Path())
    return dag_ast.parse(file, zip_files.read(file))


# Imports of Airflow 2


def _missing_airflow_module(failure: ImportFailure, module: str) -> Remedy:
    """`module`: the first part of the imported one that does not exist."""
    site, found = failure.context.site, _failed_import(module, failure.report)
    package = module_packages.provider_distribution(found.module)
    missing = bool(package) and not (site and _is_installed(site, package))
    removed = is_removed_module(found.module) or any(is_removed(found.module, name) for name in found.names)
    if missing and not removed:
        return install_remedy(module, package, project_requirements.find(_importing_file(failure), failure.context))
    new = renames.replacement(found.module, found.names, site)
    needs = f"; install {', '.join(needed)}, too" if (needed := _not_installed(new, package, site)) else ""
    what = "not in current releases of its provider" if package else "a module of Airflow 2"
    return _airflow_2(f"{found.module} is {what}", new, needs)


def _not_installed(new: str, package: str, site: Path | None) -> list[str]:
    """The providers that a replacement needs, and of an operator for one database the `package` with its hook."""
    modules = re.findall(r"from (airflow\.providers\.[\w.]+) import", new)
    packages = dict.fromkeys([*map(module_packages.provider_distribution, modules), *[package] * bool(new)])
    return [name for name in packages if name and site and not _is_installed(site, name)]


def _airflow_2(problem: str, replacement: str, needs: str = "") -> Remedy:
    use = f"use {replacement}" if replacement else "look for its replacement in airflow.sdk or in a provider"
    return Remedy(ImportErrorCause.AIRFLOW_2_IMPORT, Hint(note=f"{problem}; {use}{needs}"))


def _is_installed(site: Path, package: str) -> bool:
    return any(site.glob(f"{package.replace('-', '_')}-*.dist-info"))


def _project_imports(report: ImportErrorReport) -> Iterator[dag_ast.Import]:
    """What the project's files in a traceback import."""
    for path in (Path(found) for found in re.findall(r'File "([^"]+)"', report.traceback)):
        if "/site-packages/" not in str(path) and path.is_file():
            yield from dag_ast.parse_file(path).imports


def _failed_import(module: str, report: ImportErrorReport) -> dag_ast.Import:
    """The import that failed. Python reports only the part of its module that does not exist, such as
    `airflow.providers.cncf`; the project's files in the traceback, or a line of it, say the rest."""
    below = re.escape(module) + r"(?:\.[\w.]+)?"
    found = next((i for i in _project_imports(report) if re.fullmatch(below, i.module)), None)
    line = re.search(rf"from ({below}) import \(?([\w, ]+)", report.traceback)
    if found or not line:
        return found or dag_ast.Import(module, 0)
    return dag_ast.Import(line[1], 0, tuple(name.split()[0] for name in line[2].split(",") if name.strip()))


def _invalid_arguments(failure: ImportFailure) -> Remedy:
    invalid = arguments.parse(failure.match.string)
    if not invalid:
        raise ValueError(failure.match.string)
    path = failure.context.dags / failure.report.file if failure.context.dags else None
    if path and path.is_file():
        invalid = arguments.find(path, invalid)
    cause = ImportErrorCause.AIRFLOW_2_IMPORT if invalid.of_airflow_2 else ImportErrorCause.OTHER
    return Remedy(cause, Hint(note=invalid.advice()))


def _trigger_rule(failure: ImportFailure) -> Remedy:
    """`received 'dummy'`, or `AttributeError: DUMMY` for TriggerRule.DUMMY."""
    old = failure.match[0].split()[-1].strip("'").lower()
    new = arguments.TRIGGER_RULES[old]
    note = f"Airflow 3 has no trigger rule {old}: use {new}"
    return Remedy(ImportErrorCause.AIRFLOW_2_IMPORT, Hint(note=note))


# Missing names


def _missing_name(failure: ImportFailure) -> Remedy:
    """`cannot import name 'x' from 'module' (path)`."""
    name, module, path = failure.match[1], failure.match[2], Path(failure.match[3] or "")
    if module.split(".")[0] == "airflow":
        new = renames.replacement(module, (name,), failure.context.site)
        return _airflow_2(f"{module} of Airflow 3 does not contain {name}", new)
    if remedy := _hidden_sibling(failure, module, name, path):
        return remedy
    if path.suffix == ".pyc" or not path.is_file():
        return stale(f"removes {path.name}, whose source file is gone")
    return _name_not_in(path, str(path), name)


def _hidden_sibling(failure: ImportFailure, module: str, name: str, path: Path) -> Remedy | None:
    """The file meant the module beside it, and another one of that name, at `path`, came first."""
    file = _importing_file(failure)
    found = next((i for i in _parsed(failure).imports if i.module == module and name in i.names), None)
    if not found or not file or path.is_relative_to(file.parent):
        return None
    return local_imports.beside(found, file, failure.context)


def _missing_attribute(failure: ImportFailure) -> Remedy:
    """`module 'helper' has no attribute 'x'`."""
    module, name, dags = failure.match[1], failure.match[2], failure.context.dags
    if module.split(".")[0] == "airflow":
        new = renames.replacement(module, (name,), failure.context.site)
        return _airflow_2(f"{module} of Airflow 3 does not contain {name}", new)
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
        (r"attempted relative import (?:with no known parent package|beyond top-level package)", _relative_import),
        (r"Could not import `(airflow\.[\w.]+)\.\w+`", _missing_module),
        (r"No module named '([\w.]+)'", _missing_module),
        (r"module '([\w.]+)' has no attribute '(\w+)'", _missing_attribute),
        (arguments.INVALID.pattern, _invalid_arguments),
        (arguments.UNEXPECTED.pattern, _invalid_arguments),
        (
            rf"received '(?:{'|'.join(TRIGGER_RULES)})'|^AttributeError: (?:{'|'.join(TRIGGER_RULES).upper()})$",
            _trigger_rule,
        ),
        (METADATA_DATABASE.pattern, _fixed(ImportErrorCause.AIRFLOW_2_IMPORT, ADVICE)),
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
            r"reads the file ends with os\._exit",
            _fixed(ImportErrorCause.PROCESS_ENDED, "take the call of os._exit out of the file and what it imports"),
        ),
        (
            r"reads the file is killed",
            _fixed(
                ImportErrorCause.PROCESS_ENDED,
                "it probably needs too much memory: load data in a task, not at the top level",
            ),
        ),
        (
            r"reads the file crashes",
            _fixed(
                ImportErrorCause.PROCESS_ENDED,
                "a compiled library fails: import it inside the task that needs it, or install another version of it",
            ),
        ),
        (
            r"(?:reading the file takes more|DagBag import timeout|AirflowTaskTimeout|Timeout).*",
            _fixed(ImportErrorCause.TIMEOUT, "move slow code from the top level of the file into a task"),
        ),
    )
)


def find_remedy(exception: str, report: ImportErrorReport, context: ImportContext = NO_CONTEXT) -> Remedy | None:
    """By the message of the exception, on one line. None if nothing is known about it."""
    for pattern, find in REMEDIES:
        if found := pattern.search(exception):
            return find(ImportFailure(report, context, found))
    return None
