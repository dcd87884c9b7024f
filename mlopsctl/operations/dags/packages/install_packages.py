"""Installing packages into the managed Airflow, under the constraint file it was installed with."""

from collections.abc import Sequence
from pathlib import Path

from mlopsctl.adapters.constraints import BUNDLED, cache_path
from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home
from mlopsctl.operations.install_errors import explain
from mlopsctl.operations.platform import Platform

HEAD = "the head"  # as the source of the constraints of a worker host: it installs what the head has


def constraint_file(home: Home, record: InstallRecord) -> Path | None:
    """The file that Airflow was installed with; None if it no longer exists."""
    source = record.constraints.removesuffix(", from the cache")
    if source == HEAD:
        path = home.cache / "constraints.txt"
    elif source == "bundled":
        path = BUNDLED / f"constraints-{record.airflow_version}-{record.python}.txt"
    elif source in ("official", "computed") or "://" in source:
        path = cache_path(home.cache, record.airflow_version, record.python, source)
    else:
        path = Path(source)
    return path if path.is_file() else None


def install(
    platform: Platform,
    packages: Sequence[str],
    *,
    no_deps: bool = False,
    reinstall: bool = False,
    use_cache: bool = True,
) -> None:
    """Install packages. `no_deps`: without their dependencies, so no constraints are needed. `reinstall`: also those
    already installed. Raises MlopsctlError."""
    record = platform.venv.record()
    if not record:
        raise MlopsctlError(
            "the installation of Airflow in this home is missing or incomplete.",
            hint=Hint.of("setup"),
            code="no-airflow",
        )
    file = None if no_deps else constraint_file(platform.home, record)
    if not file and not no_deps:
        raise MlopsctlError(
            f"the constraint file of this installation ({record.constraints}) is missing.",
            hint=Hint.of("setup"),
            code="no-constraints",
        )
    try:
        platform.venv.install_packages(packages, file, no_deps=no_deps, reinstall=reinstall, use_cache=use_cache)
    except MlopsctlError as e:
        raise explain(e, record.airflow_version, offline=False) from e
