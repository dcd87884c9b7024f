"""What the DAG files say, read from their syntax, and what Airflow says of them."""

import statistics
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails
from mlopsctl.operations.dags import dag_ast, fix, import_context, import_errors, links, module_packages
from mlopsctl.operations.dags.dag_ast import ParsedFile, Reference
from mlopsctl.operations.dags.import_errors import ImportDiagnosis
from mlopsctl.operations.dags.missing_modules import is_importable, remedy_for_module
from mlopsctl.operations.doctor.check import Check, Finding
from mlopsctl.operations.doctor.context import Place
from mlopsctl.operations.doctor.dags_folder import tree

SLOW = 1.0  # seconds; each file is read anew every minute
TIMES = 3  # and so many times what a file takes as a rule
# What setup makes only where alerts are wanted, and DAGs ask for only then.
ALERTS = frozenset({"ALERT_EMAIL", "alert_webhook", "smtp_default"})


def sources(place: Place) -> list[ParsedFile]:
    """The DAG files, and the files of the project that these import."""
    return place.once("dag-sources", lambda: list(_reached(tree(place).root, tree(place).dag_files)))


def _reached(root: Path, files: Iterable[Path]) -> Iterator[ParsedFile]:
    todo, seen = list(files), set()
    while todo:
        path = todo.pop(0)
        if path.resolve() not in seen:
            seen.add(path.resolve())
            source = dag_ast.parse_file(path)
            yield source
            for found in source.imports:
                modules = [found.module, *(f"{found.module}.{name}" for name in found.names)]
                todo += [file for module in modules for file in _files(root, module)]


def _files(root: Path, module: str) -> Iterator[Path]:
    """The files that importing `module` runs, as far as they are the project's."""
    place = root.joinpath(*module.split("."))
    for path in (
        place.with_name(f"{place.name}.py"),
        *(p / "__init__.py" for p in (place, *place.parents) if p != root),
    ):
        if path.is_file() and root in path.parents:
            yield path


def syntax(place: Place) -> Iterator[Finding]:
    for source in sources(place):
        if source.error:
            yield Finding(f"{_named(place, source.path)} is no Python: {source.error}.", Hint.of("dags", "errors"))


def modules(place: Place) -> Iterator[Finding]:
    found: dict[str, list[str]] = {}
    site, root = place.site, tree(place).root
    for source in sources(place):
        for one in source.imports:
            if one.module.split(".")[0] != "airflow" and not is_importable(one.module, root, site):
                found.setdefault(one.module, []).append(f"{_named(place, source.path)}:{one.line}")
    around = import_context.read(place.platform)
    for module, where in sorted(found.items()):
        cure = remedy_for_module(module, around)
        said = f"the module {module}, which {_some(where)} imports, is not there."
        hint = _requiring(cure.package, around.requirements) if cure.package else cure.hint
        yield Finding(said, hint, about=cure.link, fixable=bool(cure.link), key=module)


def providers(place: Place) -> Iterator[Finding]:
    """Installed by nobody but the user: `dags fix` goes by import errors, and what a task imports makes none."""
    folders = (path.name.removesuffix(".dist-info") for path in place.site.glob("*.dist-info"))
    installed = {module_packages.normalize(name.rpartition("-")[0]) for name in folders}
    found: dict[str, list[str]] = {}
    for source in sources(place):
        for one in source.imports:
            modules = [f"{one.module}.{name}" for name in one.names] or [one.module]
            for package in {module_packages.provider_distribution(module) for module in modules} - {"", *installed}:
                found.setdefault(package, []).append(f"{_named(place, source.path)}:{one.line}")
    file = next(import_context.requirement_files(place.platform), None)
    for package, where in sorted(found.items()):
        said = f"the provider {package}, which {_some(where)} imports, is not installed."
        yield Finding(said, _requiring(package, file))


def _requiring(package: str, file: Path | None) -> str:
    """What brings a package, and keeps it when Airflow is installed anew."""
    return f"echo {package} >> '{file}' && mlopsctl setup" if file else "mlopsctl setup --requirements FILE"


def dag_ids(place: Place) -> Iterator[Finding]:
    found: dict[str, dict[Path, Reference]] = {}
    for source in sources(place):
        for word in source.dag_ids:
            found.setdefault(word.name, {}).setdefault(source.path, word)
    for dag_id, files in sorted(found.items()):
        if len(files) > 1:
            where = [f"{_named(place, path)}:{word.line}" for path, word in files.items()]
            yield Finding(
                f"{' and '.join(where)} make one DAG, {dag_id}: Airflow shows the one that it read last.",
                "give each its own dag_id; then: mlopsctl dags clean",
            )


def variables(place: Place) -> Iterator[Finding]:
    known = {variable.name for variable in place.once("variables", _api(place).variables)}
    yield from _unknown(place, "variable", known, lambda source: source.variables)


def connections(place: Place) -> Iterator[Finding]:
    known = {connection.name for connection in place.once("connections", _api(place).connections)}
    yield from _unknown(place, "connection", known, lambda source: source.connections)


def _unknown(
    place: Place, kind: str, known: set[str], words: Callable[[ParsedFile], list[Reference]]
) -> Iterator[Finding]:
    known |= ALERTS if not place.platform.settings.alerts else set()
    found: dict[str, list[str]] = {}
    for source in sources(place):
        for word in words(source):
            if word.name not in known:
                found.setdefault(word.name, []).append(f"{_named(place, source.path)}:{word.line}")
    for name, where in sorted(found.items()):
        said = f"there is no {kind} {name}, which {_some(where)} names."
        yield Finding(said, Hint.of(kind, "set", name))


def slow(place: Place) -> Iterator[Finding]:
    taken: dict[str, float] = {}
    for dag in _dags(place):
        taken[dag.relative_file] = max(taken.get(dag.relative_file, 0.0), dag.parse_seconds or 0.0)
    # On a machine that is busy all of them are slow.
    usual = statistics.median(taken.values()) if len(taken) > 1 else 0.0
    for file, seconds in sorted(taken.items()):
        if seconds > max(SLOW, TIMES * usual):
            said = f"reading {file} took {seconds:.1f} s, and it is read every minute."
            yield Finding(said, "move imports and work from its top level into the tasks", "warning")


def failed_imports(place: Place) -> Iterator[Finding]:
    _api(place)
    for error in place.once("import-errors", lambda: import_errors.diagnose_all(place.platform)):
        safe = fix.is_fixable(error) and not error.package
        said, key = f"{error.file}: {error.cause}: {error.message}.", f"{error.file} {error.cause} {error.link}"
        yield Finding(said, error.hint, about=error, fixable=safe, key=key)


def mend_error(place: Place, finding: Finding) -> Iterator[str]:
    """As `dags fix` does, but for packages. Whether it helped tells the next look."""
    error: ImportDiagnosis = finding.about
    if all(report.file != error.file for report in place.platform.api.import_errors()):
        yield "it can be imported by now"
        return
    for step in fix.run(place.platform, [error]):
        if step.error and step.name != "read":
            raise step.error
        yield f"{step.name} {step.detail}".strip()


def link(place: Place, finding: Finding) -> Iterator[str]:
    """A package of the project that is not linked yet."""
    root, target = place.home.dags, Path(finding.about)
    for step in links.run(links.plan(root, [target]), root, [target]):
        yield f"{step.name} {step.detail}"


def _api(place: Place) -> AirflowApi:
    """Raises Skipped where there is none to ask."""
    place.need_secrets("service-password")
    place.need("api-server", "postgres")  # without its database it answers 500 to everything
    return place.platform.api


def _dags(place: Place) -> list[DagDetails]:
    return place.once("dags", _api(place).dags)


def _named(place: Place, path: Path) -> str:
    return str(path.relative_to(place.home.dags))


def _some(where: list[str]) -> str:
    return where[0] if len(where) == 1 else f"{where[0]} (and {len(where) - 1} more)"


CHECKS = (
    Check("dag-syntax", "dags", "One wrong line, and all DAGs of the file are gone.", syntax),
    Check("dag-modules", "dags", "A module that is missing is met at the import, or worse, in a task.", modules, link),
    Check("providers", "installation", "A DAG cannot be imported without the providers that it imports.", providers),
    Check("dag-ids", "dags", "Two files with one DAG take turns, and its runs change with them.", dag_ids),
    Check("dag-variables", "dags", "A task that asks for a variable that is not there fails.", variables),
    Check("dag-connections", "dags", "A task that asks for a connection that is not there fails.", connections),
    Check("dag-parsing", "dags", "Slow files hold up the reading of all others.", slow),
    Check("dag-errors", "dags", "A DAG whose file cannot be imported does not run.", failed_imports, mend_error),
)
