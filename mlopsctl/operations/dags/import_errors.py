"""Why a DAG file cannot be imported, and what helps."""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from mlopsctl.core.model import ImportErrorReport
from mlopsctl.operations.dags import airflow2_renames, dag_ast, module_packages


@dataclass(frozen=True)
class Around:
    """What is known of the surroundings. `site`: the folder of the managed Airflow's packages. `folders`: where the
    project's packages stand. `known`: packages that the constraint file or the project name. `requirements`: the file
    in which the project says what it needs."""

    dags: Path | None = None
    site: Path | None = None
    folders: tuple[Path, ...] = ()
    known: frozenset[str] = frozenset()
    requirements: Path | None = None


@dataclass(frozen=True)
class Explained:
    """`cause`: missing-module, not-linked, airflow-2-import, syntax-error, missing-variable, missing-connection,
    duplicate-dag, stale-module, timeout or other. `package`, `link`: what `dags fix` installs or links."""

    file: str
    cause: str
    message: str
    hint: str
    traceback: str
    package: str = ""
    link: str = ""


@dataclass(frozen=True)
class Cure:
    cause: str
    hint: str
    package: str = ""
    link: str = ""


@dataclass(frozen=True)
class Case:
    """One traceback; `found`: the words in its message by which it was recognised."""

    report: ImportErrorReport
    around: Around
    found: re.Match[str]


def explain(report: ImportErrorReport, around: Around = Around()) -> Explained:
    """The cause and the remedy, from the last words of the traceback."""
    message = last_words(report.traceback)
    if not message.endswith(")"):
        message += f" ({Path(report.file).name}{_line(report, around)})"
    for pattern, judge in CAUSES:
        if found := re.search(pattern, message):
            cure = judge(Case(report, around, found))
            return Explained(report.file, cure.cause, message, cure.hint, report.traceback, cure.package, cure.link)
    return Explained(report.file, "other", message, "read the traceback: mlopsctl -v dags errors", report.traceback)


def last_words(traceback: str) -> str:
    """The exception's line, with the last place that is in nobody's package, if it is told: there the cause can be
    mended. Of a syntax error the line of the file, too."""
    lines = [line for line in traceback.strip().splitlines() if line.strip()]
    last = next((line for line in reversed(lines) if re.match(r"[\w.]*\w+(Error|Exception|Timeout|Exit)\b", line)), "")
    places = re.findall(r'File "([^"]+)", line (\d+)', traceback)
    words = " ".join((last or (lines[-1] if lines else "no reason given")).split())
    own = [place for place in places if "/site-packages/" not in place[0]]
    if not own:  # Airflow keeps the last two places only
        return words
    path, line = own[-1]
    shown = re.search(rf'File "{re.escape(path)}", line {line}\n +(.+)\n', traceback) if _is_syntax(words) else None
    return f"{words} ({path.rpartition('/')[2]}, line {line}{': ' + shown[1].strip() if shown else ''})"


def _line(report: ImportErrorReport, around: Around) -> str:
    """Where the DAG file names the variable or connection that is missed."""
    path = around.dags / report.file if around.dags else None
    source = dag_ast.read(path) if path and path.is_file() else None
    words = [*source.variables, *source.connections] if source else []
    said = last_words(report.traceback)
    return next((f", line {word.line}" for word in words if re.search(rf"\b{re.escape(word.text)}\b", said)), "")


def _is_syntax(words: str) -> bool:
    return words.startswith(("SyntaxError", "IndentationError", "TabError"))


# What is missing


def _module(case: Case) -> Cure:
    module = case.found[1]
    if module.split(".")[0] == "airflow":
        return _airflow_module(case, module)
    return missing(module, case.around)


def missing(module: str, around: Around) -> Cure:
    """What helps where a module is not there that is not Airflow's: one of the project's own, or a package's."""
    top = module.split(".", maxsplit=1)[0]
    if around.dags and is_there(module, around.dags, around.site):
        return Cure(
            "stale-module", f"{module} is there by now, and Airflow has not read the file since: mlopsctl dags clean"
        )
    if around.dags and (own := _standing(around.dags, top)):
        return Cure(
            "missing-module", f"{own.name} in the DAGs folder has no {module}: correct the import, or bring its file"
        )
    if path := next((found for folder in around.folders if (found := _standing(folder, top))), None):
        return Cure("not-linked", f"mlopsctl link add '{path}'", link=str(path))
    return _install(module, module_packages.bringing(module, around.known), around)


def is_there(module: str, dags: Path, site: Path | None) -> bool:
    """Whether an import would find it; of what is not the project's, only the package."""
    top = module.split(".", maxsplit=1)[0]
    if top in sys.stdlib_module_names:
        return True
    if not any(dags.joinpath(f"{top}{suffix}").exists() for suffix in ("", ".py", ".pyc")):
        return bool(site) and PathFinder.find_spec(top, [str(site)]) is not None
    place = dags.joinpath(*module.split("."))
    return place.is_dir() or any(place.with_name(place.name + suffix).exists() for suffix in (".py", ".so", ".pyc"))


def _install(module: str, package: str, around: Around) -> Cure:
    file = around.requirements
    if not package:
        return Cure(
            "missing-module",
            f"add the package that brings {module} to "
            + (f"{file}, then mlopsctl setup" if file else "a requirements file: mlopsctl setup --requirements FILE"),
        )
    lasting = f"echo {package} >> '{file}' && mlopsctl setup" if file else "mlopsctl setup --requirements FILE"
    return Cure(
        "missing-module",
        f"mlopsctl dags fix   # installs {package}, which brings it; to keep it: {lasting}",
        package=package,
    )


def _airflow_module(case: Case, module: str) -> Cure:
    around = case.around
    package = _provider(case, module) if module.startswith("airflow.providers.") else ""
    if package and not (around.site and _installed(around.site, package)):
        return _install(module, package, around)
    return _moved(case, module, _imported_from(case.report, module))


def _installed(site: Path, package: str) -> bool:
    return any(site.glob(f"{package.replace('-', '_')}-*.dist-info"))


def _provider(case: Case, module: str) -> str:
    """The package that brings a module of `airflow.providers`. Of a family, such as `cncf`, Python names the folder
    alone: then the failing file tells what it takes from it."""
    below = (i.module for i in _own_imports(case.report) if i.module.startswith(f"{module}."))
    return next(filter(None, map(module_packages.provider, (module, *below))), "")


def _own_imports(report: ImportErrorReport) -> Iterator[dag_ast.Import]:
    """What the project's files in a traceback import."""
    for path in (Path(found) for found in re.findall(r'File "([^"]+)"', report.traceback)):
        if "/site-packages/" not in str(path) and path.is_file():
            yield from dag_ast.read(path).imports


def _imported_from(report: ImportErrorReport, module: str) -> tuple[str, ...]:
    """The names that the project's files in a traceback take from a module."""
    if found := tuple(name for i in _own_imports(report) if i.module == module for name in i.names):
        return found
    line = re.search(rf"from {re.escape(module)} import \(?([\w, ]+)", report.traceback)
    return tuple(name.split()[0] for name in line[1].split(",") if name.strip()) if line else ()


def _moved(case: Case, module: str, names: tuple[str, ...]) -> Cure:
    words = airflow2_renames.remedy(module, names, case.around.site)
    return Cure("airflow-2-import", f"{module} is of Airflow 2; write {words}")


def _standing(folder: Path, name: str) -> Path | None:
    """The package or module `name` of a folder."""
    file, package = folder / f"{name}.py", folder / name
    if file.is_file():
        return file
    return package if package.is_dir() and any(package.glob("**/*.py")) else None


def _name(case: Case) -> Cure:
    """A name that is not in its module."""
    name, module, path = case.found[1], case.found[2], Path(case.found[3] or "")
    if module.split(".")[0] == "airflow":
        words = airflow2_renames.place(name, case.around.site)
        if not words and module in airflow2_renames.MODULES:
            words = airflow2_renames.MODULES[module]
        return Cure(
            "airflow-2-import",
            f"{module} of Airflow 3 has no {name}; write {words}"
            if words
            else f"{name} is not in {module} of Airflow 3: look for it in airflow.sdk or in a provider",
        )
    if path.suffix == ".pyc" or not path.is_file():
        return Cure("stale-module", f"mlopsctl dags clean removes {path.name}, whose source is gone")
    if name in dag_ast.read(path).defined:
        return Cure("stale-module", f"{path.name} has {name}, Airflow holds an older one: mlopsctl dags clean")
    return Cure("other", f"{path} defines no {name}: correct the import, or bring the version of the file that does")


def _attribute(case: Case) -> Cure:
    """`module 'helper' has no attribute 'x'`."""
    module, name, around = case.found[1], case.found[2], case.around
    path = next((around.dags / f for f in (f"{module.replace('.', '/')}.py",) if around.dags), None)
    if path and path.is_file() and name in dag_ast.read(path).defined:
        return Cure("stale-module", f"{path.name} has {name}, Airflow holds an older one: mlopsctl dags clean")
    return Cure("other", f"{module} defines no {name}: correct the name, or bring the version of the file that does")


def _argument(case: Case) -> Cure:
    name = case.found[1]
    today = airflow2_renames.ARGUMENTS.get(name)
    return Cure("airflow-2-import", f"Airflow 3 has no {name}" + (f": write {today}=" if today else ": leave it out"))


def _variable(case: Case) -> Cure:
    return Cure("missing-variable", f"mlopsctl variable set {case.found[1] or case.found[2]}")


def _connection(case: Case) -> Cure:
    return Cure("missing-connection", f"mlopsctl connection set {case.found[1] or case.found[2]}")


def _always(cause: str, hint: str) -> Callable[[Case], Cure]:
    return lambda case: Cure(cause, hint)


ARGUMENT = "|".join((*airflow2_renames.ARGUMENTS, "execution_date", "provide_context"))

# The first that fits wins.
CAUSES: tuple[tuple[str, Callable[[Case], Cure]], ...] = (
    (
        r"from partially initialized module",
        _always("other", "two modules import each other: import one where it is used"),
    ),
    (r"cannot import name '(\w+)' from '([\w.]+)'(?: \(([^)]+)\))?", _name),
    (r"Could not import `(airflow\.[\w.]+)\.\w+`", _module),
    (r"No module named '([\w.]+)'", _module),
    (r"module '([\w.]+)' has no attribute '(\w+)'", _attribute),
    (rf"unexpected keyword argument '({ARGUMENT})'", _argument),
    (r"(?:SyntaxError|IndentationError|TabError): .*", _always("syntax-error", "mend the line that is shown")),
    (r"(?:Variable (\S+) (?:does not exist|not found)|Variable with key '?([^'\s]+)'? not found)", _variable),
    (r"(?:conn_id `?'?([\w.-]+)[`']? isn't defined|Connection with ID '?([\w.-]+)'? not found)", _connection),
    (r"AirflowDagDuplicatedIdException: .*", _always("duplicate-dag", "give each DAG an id of its own")),
    (
        r"(?:DagBag import timeout|AirflowTaskTimeout|Timeout).*",
        _always("timeout", "move what takes long out of the top level, into a task"),
    ),
)
