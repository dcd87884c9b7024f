"""The virtual environment of the managed Airflow: complete, undamaged, of the recorded version."""

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from mlopsctl.adapters import process
from mlopsctl.adapters.venv import uv_env
from mlopsctl.core.hint import Hint
from mlopsctl.core.text import plural
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.checks.installation.packages import install_package
from mlopsctl.operations.doctor.context import DoctorContext
from mlopsctl.operations.join import steps as join
from mlopsctl.operations.join.steps import Joining
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.setup.install import InstallStep
from mlopsctl.operations.setup.request import SetupRequest
from mlopsctl.operations.step_runner import RunnableStep
from mlopsctl.operations.workers import membership

AIRFLOW = "apache-airflow"
REINSTALL = "reinstall"  # details of a finding: Airflow has to be installed again; otherwise they are a requirement


def check_venv(context: DoctorContext) -> Iterator[Finding]:
    platform, python = context.platform, context.home.python
    record = platform.venv.record()
    if not record:
        message = f"the installation of Airflow in {context.home.venv} is missing or incomplete."
        yield Finding(message, details=REINSTALL)
        return
    if not python.exists() or process.run([python, "-c", ""], env=uv_env(), check=False).code:
        message = f"{python} does not run: the Python that it links to was removed or replaced."
        yield Finding(message, details=REINSTALL)
        return
    recorded, desired = record.airflow_version, platform.settings.airflow_version
    found = platform.venv.installed().get(AIRFLOW)
    if found != recorded:
        message = f"Airflow {recorded} was installed, but {found or 'none'} is there now."
        yield Finding(message, details=REINSTALL)
    if desired != recorded:
        message = f"config.toml asks for Airflow {desired}, but {recorded} is installed."
        join_again = Hint.of("worker", "join", note="installs what the head has")
        hint = join_again if platform.settings.head else Hint.of("upgrade", "--airflow-version", desired)
        yield Finding(message, hint, fixable=False)
    yield from damaged_packages(context.site_packages)


def damaged_packages(site_packages: Path) -> Iterator[Finding]:
    """Packages with files that are missing or of another size, by the list that each package includes (PEP 376).

    If several packages contain a file, such as the program `fastapi`, it may be that of any of them.
    """
    files = {listing: _read_listing(listing) for listing in sorted(site_packages.glob("*.dist-info/RECORD"))}
    sizes: dict[str, set[str]] = {}
    for path, size in chain.from_iterable(files.values()):
        sizes.setdefault(path, set()).add(size)
    for listing, rows in files.items():
        if damaged := [path for path, _ in rows if not _is_intact(site_packages / path, sizes[path])]:
            name, version = listing.parent.name.removesuffix(".dist-info").rsplit("-", 1)
            more = f" and {plural(len(damaged) - 1, 'other file')} are" if len(damaged) > 1 else " is"
            message = f"{name} {version} is damaged: {damaged[0]}{more} missing or changed."
            requirement = f"{name}=={version}"
            yield Finding(message, details=requirement, key=requirement)


def _read_listing(listing: Path) -> list[tuple[str, str]]:
    """Path and size of each file; the size is empty if it is not known."""
    with listing.open(encoding="utf-8", newline="") as file:
        return [(row[0], row[2]) for row in csv.reader(file) if len(row) == 3]


def _is_intact(path: Path, sizes: set[str]) -> bool:
    try:
        size = str(path.stat().st_size)
    except OSError:
        return False
    return size in sizes or "" in sizes


def fix_venv(context: DoctorContext, finding: Finding) -> Iterator[str]:
    platform = context.platform
    if finding.details != REINSTALL:
        yield from install_package(context, finding.details, no_deps=True, reinstall=True)
        if any(other.details == finding.details for other in damaged_packages(context.site_packages)):
            yield from install_package(context, finding.details, no_deps=True, reinstall=True, use_cache=False)
        return
    platform.venv.record_path.unlink(missing_ok=True)
    yield from _install_step(platform).do()
    yield f"reinstalled Airflow {platform.settings.airflow_version}"


def _install_step(platform: Platform) -> RunnableStep:
    if not platform.settings.head:
        return InstallStep(SetupRequest(platform))
    name = membership.load(platform.home).name
    return join.InstallStep(Joining(platform.home, None, name, None, (), lambda: platform))


CHECKS = (
    Check(
        "venv", Group.INSTALLATION, "An incomplete Airflow fails when it starts, or in the middle of a task.",
        check_venv, fix_venv,
    ),
)  # fmt: skip
