"""The managed Airflow's packages: whole, of the recorded version, under the constraint file."""

import csv
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from mlopsctl.adapters import process
from mlopsctl.adapters.venv import uv, uv_env
from mlopsctl.core.hint import Hint
from mlopsctl.operations.dags import install_packages
from mlopsctl.operations.dags.module_packages import normalize
from mlopsctl.operations.doctor.check import Check, Finding
from mlopsctl.operations.doctor.context import Place, Skipped
from mlopsctl.operations.setup.install import Install
from mlopsctl.operations.setup.request import Request

AIRFLOW = "apache-airflow"


def constraints(place: Place) -> dict[str, str]:
    """Names (normalised) and versions, by the file that the installation was made under. Raises Skipped where it is
    gone."""
    file = install_packages.constraint_file(place.home, place.record)
    if not file:
        raise Skipped(f"the constraint file ({place.record.constraints}) is gone")
    lines = file.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("#")[0].split(";")[0].strip().split("==") for line in lines)
    return {normalize(pair[0]): pair[1] for pair in pairs if len(pair) == 2}


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
        yield Finding(said, Hint.of("upgrade", "--airflow-version", wanted), fixable=False)
    yield from _damaged(place.site)


def _damaged(site: Path) -> Iterator[Finding]:
    """Packages some of whose files are not as they were installed, by the list that each brings along (PEP 376)."""
    for listing in sorted(site.glob("*.dist-info/RECORD")):
        with listing.open(encoding="utf-8", newline="") as file:
            wrong = [row[0] for row in csv.reader(file) if len(row) == 3 and not _whole(site / row[0], row[2])]
        if wrong:
            name, version = listing.parent.name.removesuffix(".dist-info").rsplit("-", 1)
            more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            said, right = f"of {name} {version} {wrong[0]}{more} is missing or changed.", f"{name}=={version}"
            yield Finding(said, about=right, key=right)


def _whole(path: Path, size: str) -> bool:
    try:
        return path.stat().st_size == int(size) if size else path.exists()
    except OSError:
        return False


def install_again(place: Place, finding: Finding) -> Iterator[str]:
    platform = place.platform
    if finding.about != "anew":
        yield from _put(place, finding.about, no_deps=True, reinstall=True)
        if any(other.about == finding.about for other in _damaged(place.site)):
            yield from _put(place, finding.about, no_deps=True, reinstall=True, use_cache=False)
        return
    platform.venv.record_path.unlink(missing_ok=True)
    yield from Install(Request(platform)).do()
    yield f"Airflow {platform.settings.airflow_version} installed anew"


def _put(place: Place, package: str, **how: bool) -> Iterator[str]:
    """Install a package; whoever runs is then to be restarted, as after an installation."""
    yield f"installing {package}"
    install_packages.install(place.platform, [package], **how)
    place.platform.venv.record_path.touch()
    yield f"installed {package}"


def dependencies(place: Place) -> Iterator[Finding]:
    done = process.run(
        uv("pip", "check", "--python", place.site.parents[2] / "bin" / "python"), env=uv_env(), check=False
    )
    told = False
    for line in done.err.splitlines():
        if found := re.match(r"The package `([^`]+)` requires `([^`\s<>=!~;\[]+)[^`]*`, but (.*)", line):
            yield Finding(f"{found[1]} needs {line.split('`')[3]}, but {found[3].replace('`', '')}.", about=found[2])
        elif "requires Python" in line:
            yield Finding(f"{line.strip().replace('`', '')}.", Hint.of("setup", "--python", "3.11"), fixable=False)
        else:
            continue
        told = True
    if done.code and not told:
        said = f"the packages cannot be compared: {done.tail}"
        yield Finding(said, Hint.of("doctor", "--only", "venv"), fixable=False)


def put_dependency(place: Place, finding: Finding) -> Iterator[str]:
    yield from _put(place, finding.about)


def drift(place: Place) -> Iterator[Finding]:
    wanted = constraints(place)
    for folder in sorted(place.site.glob("*.dist-info")):
        name, version = folder.name.removesuffix(".dist-info").rsplit("-", 1)
        if wanted.get(normalize(name), version) != version:
            since = datetime.fromtimestamp(folder.stat().st_mtime).strftime("%Y-%m-%d %H:%M")
            name = normalize(name)
            right = f"{name}=={wanted[name]}"
            said = f"{name} is {version} since {since}, and the constraint file wants {wanted[name]}."
            yield Finding(said, about=right, key=right)


def undo_drift(place: Place, finding: Finding) -> Iterator[str]:
    yield from _put(place, finding.about, no_deps=True)


def mysqlclient(place: Place) -> Iterator[Finding]:
    version = {normalize(n): v for n, v in place.platform.venv.installed().items()}.get("mysqlclient")
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
    yield from _put(place, finding.about, reinstall=True)


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
        "mysqlclient", "installation", "Without it neither DAGs nor mlopsctl reach the feature store.",
        mysqlclient, put_mysqlclient,
    ),
)  # fmt: skip
