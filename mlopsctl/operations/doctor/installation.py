"""The managed Airflow's packages: whole, of the recorded version, under the constraint file."""

import csv
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from mlopsctl.adapters import process
from mlopsctl.adapters.constraints import BUNDLED
from mlopsctl.adapters.venv import uv, uv_env
from mlopsctl.errors import MlopsctlError
from mlopsctl.operations.doctor.check import Check, Finding
from mlopsctl.operations.doctor.place import Place, Skipped
from mlopsctl.operations.setup.install import Install, explain
from mlopsctl.operations.setup.request import Request

AIRFLOW = "apache-airflow"
PROVIDER = "apache-airflow-providers-"


def normal(name: str) -> str:
    """A package's name as the packaging standards compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def constraint_file(place: Place) -> Path:
    """The file that the installation was made under. Raises Skipped where it is gone."""
    record = place.record
    source = record.constraints.partition(",")[0]
    name = f"constraints-{record.airflow_version}-{record.python}"
    cached = place.home.cache / f"{name}.{'given' if '://' in source else source.replace('/', '')}.txt"
    for path in (BUNDLED / f"{name}.txt" if source == "bundled" else cached, Path(source)):
        if path.is_file():
            return path
    raise Skipped(f"the constraint file ({source}) is gone")


def constraints(place: Place) -> dict[str, str]:
    """Names (normalised) and versions."""
    lines = constraint_file(place).read_text(encoding="utf-8").splitlines()
    pairs = (line.split("#")[0].split(";")[0].strip().split("==") for line in lines)
    return {normal(pair[0]): pair[1] for pair in pairs if len(pair) == 2}


def venv(place: Place) -> Iterator[Finding]:
    platform = place.platform
    record, python = platform.venv.record(), place.home.python
    if not record:
        yield Finding(f"there is no whole installation of Airflow in {place.home.venv}.", about="anew")
        return
    if process.run([python, "-c", ""], env=uv_env(), check=False).code if python.exists() else True:
        yield Finding(f"{python} does not run: the system's Python that it leads to is gone or another.", about="anew")
        return
    found = platform.venv.installed().get(AIRFLOW, "none")
    if found != record.airflow_version:
        yield Finding(f"Airflow {record.airflow_version} was installed, and {found} is there.", about="anew")
    if platform.settings.airflow_version != record.airflow_version:
        wanted = platform.settings.airflow_version
        said = f"config.toml wants Airflow {wanted}, and {record.airflow_version} is installed."
        yield Finding(said, "mlopsctl setup", fixable=False)
    yield from _damaged(place.site)


def _damaged(site: Path) -> Iterator[Finding]:
    """Packages some of whose files are not as they were installed, by the list that each brings along (PEP 376)."""
    for listing in sorted(site.glob("*.dist-info/RECORD")):
        with listing.open(encoding="utf-8", newline="") as file:
            wrong = [row[0] for row in csv.reader(file) if len(row) == 3 and not _whole(site / row[0], row[2])]
        if wrong:
            name, version = listing.parent.name.removesuffix(".dist-info").rsplit("-", 1)
            more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            yield Finding(f"of {name} {version} {wrong[0]}{more} is missing or changed.", about=f"{name}=={version}")


def _whole(path: Path, size: str) -> bool:
    try:
        return path.stat().st_size == int(size) if size else path.exists()
    except OSError:
        return False


def install_again(place: Place, finding: Finding) -> Iterator[str]:
    platform = place.platform
    if finding.about != "anew":
        yield from _put(place, [finding.about], alone=True, again=True)
        if any(other.about == finding.about for other in _damaged(place.site)):
            yield from _put(place, [finding.about], alone=True, again=True, cache=False)
        return
    platform.venv.record_path.unlink(missing_ok=True)
    yield from Install(Request(platform)).do()
    yield f"Airflow {platform.settings.airflow_version} installed anew"


def _put(
    place: Place, packages: list[str], *, alone: bool = False, again: bool = False, cache: bool = True
) -> Iterator[str]:
    """Install packages under the constraint file; whoever runs is then to be restarted, as after an installation."""
    yield f"installing {' '.join(packages)}"
    venv, version = place.platform.venv, place.record.airflow_version
    try:
        venv.put(packages, None if alone else constraint_file(place), alone=alone, again=again, cache=cache)
    except MlopsctlError as e:
        raise explain(e, version, offline=False) from e
    venv.record_path.touch()
    yield f"installed {' '.join(packages)}"


def dependencies(place: Place) -> Iterator[Finding]:
    done = process.run(
        uv("pip", "check", "--python", place.site.parents[2] / "bin" / "python"), env=uv_env(), check=False
    )
    for line in done.err.splitlines():
        if found := re.match(r"The package `([^`]+)` requires `([^`\s<>=!~;\[]+)[^`]*`, but (.*)", line):
            yield Finding(f"{found[1]} needs {line.split('`')[3]}, but {found[3].replace('`', '')}.", about=found[2])
        elif "requires Python" in line:
            yield Finding(f"{line.strip().replace('`', '')}.", "mlopsctl setup --python 3.11", fixable=False)


def put_dependency(place: Place, finding: Finding) -> Iterator[str]:
    yield from _put(place, [finding.about])


def drift(place: Place) -> Iterator[Finding]:
    wanted = constraints(place)
    for folder in sorted(place.site.glob("*.dist-info")):
        name, version = folder.name.removesuffix(".dist-info").rsplit("-", 1)
        if wanted.get(normal(name), version) != version:
            since = datetime.fromtimestamp(folder.stat().st_mtime).strftime("%Y-%m-%d %H:%M")
            right = f"{normal(name)}=={wanted[normal(name)]}"
            said = f"{normal(name)} is {version} since {since}, and the constraint file wants {wanted[normal(name)]}."
            yield Finding(said, about=right)


def undo_drift(place: Place, finding: Finding) -> Iterator[str]:
    yield from _put(place, [finding.about], alone=True)


# Folders of `airflow.providers` that hold packages of providers, as the names of Airflow's own distributions have it.
_FAMILIES = ("apache", "atlassian", "cncf", "common", "dbt", "microsoft")
_PROVIDER_IMPORT = re.compile(r"^\s*(?:from|import)\s+airflow\.providers\.([\w.]+)", re.MULTILINE)


def providers(place: Place) -> Iterator[Finding]:
    installed = {normal(name) for name in place.platform.venv.installed()}
    seen: dict[str, Path] = {}
    for file in python_files(place.home.dags):
        for module in _PROVIDER_IMPORT.findall(file.read_text(encoding="utf-8", errors="replace")):
            seen.setdefault(provider_of(module), file)
    for name, file in sorted(seen.items()):
        if name not in installed:
            yield Finding(f"{file} imports a provider that is not installed: {name}.", about=name)


def provider_of(module: str) -> str:
    """The package that brings `airflow.providers.MODULE`."""
    words = module.split(".")
    return normal(PROVIDER + "-".join(words[: 2 if words[0] in _FAMILIES else 1]))


def python_files(folder: Path) -> Iterator[Path]:
    """All Python files under a folder and what it links to, each folder once."""
    seen: set[Path] = set()
    todo = [folder]
    while todo:
        here = todo.pop()
        if not here.is_dir() or here.resolve() in seen:
            continue
        seen.add(here.resolve())
        for path in sorted(here.iterdir()):
            if path.name.startswith(".") or path.name in ("__pycache__", "venv", "site-packages", "node_modules"):
                continue
            if path.is_dir():
                todo.append(path)
            elif path.suffix == ".py" and path.is_file():
                yield path


def mysqlclient(place: Place) -> Iterator[Finding]:
    version = {normal(n): v for n, v in place.platform.venv.installed().items()}.get("mysqlclient")
    if not place.record or not version:
        yield Finding("mysqlclient is not installed.", about="mysqlclient")
        return
    done = process.run([place.home.python, "-c", "import MySQLdb"], env=uv_env(), check=False)
    words = done.err.strip().rpartition("\n")[2]
    if done.code and "cannot open shared object file" in words:
        yield Finding(f"mysqlclient lacks its library: {words}.", "sudo apt-get install -y libmariadb3", fixable=False)
    elif done.code:
        yield Finding(f"mysqlclient cannot be loaded: {words}.", about=f"mysqlclient=={version}")


def put_mysqlclient(place: Place, finding: Finding) -> Iterator[str]:
    yield from _put(place, [finding.about], again=True)


CHECKS = (
    Check(
        "venv", "installation", "A half-installed Airflow fails at its first import, or in the middle of a task.",
        venv, install_again,
    ),
    Check(
        "dependencies", "installation", "Packages that contradict each other break where nobody looks.",
        dependencies, put_dependency,
    ),
    Check(
        "constraints", "installation", "Airflow is known to work with one set of versions; one pip install breaks it.",
        drift, undo_drift,
    ),
    Check(
        "providers", "installation", "A DAG cannot be imported without the providers that it imports.",
        providers, put_dependency,
    ),
    Check(
        "mysqlclient", "installation", "Without it neither DAGs nor mlopsctl reach the feature store.",
        mysqlclient, put_mysqlclient,
    ),
)  # fmt: skip
