"""Checks before setup writes anything: the folder, the request, packages, disk space, socket paths, access rights."""

import os
import shlex
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from mlopsctl.adapters.constraints import KEYWORDS, check_given
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home
from mlopsctl.operations import airflow_version
from mlopsctl.operations.dags import links
from mlopsctl.operations.seed.limits import check_range
from mlopsctl.operations.seed.profile import SeedRequest
from mlopsctl.operations.setup import executor, storage, system_requirements
from mlopsctl.operations.setup.request import SetupRequest
from mlopsctl.operations.setup.system_requirements import existing_parent

OTHER_HOME = ("--home", "DIR", "setup")
# Tried one by one: supervisord cannot read a configuration with them, or PostgreSQL, MariaDB or Alembic a path.
UNUSABLE = '%"\\:;#,'


def check(request: SetupRequest) -> None:
    """Raises MlopsctlError for the first requirement that is not met. Changes nothing."""
    check_home(request.platform.home)
    check_versions(request)
    executor.check(request)
    storage.check(request)
    _check_content(request)
    _check_packages(request)
    _check_disk(request)
    if problem := system_requirements.socket_path_problem(request.platform.home):
        raise MlopsctlError(problem, hint=Hint.of("--home", "~/ml", "setup"), code="path-too-long")
    _check_access(request)


def folders(home: Home) -> tuple[tuple[Path, int], ...]:
    """The folders of a home that setup creates first, and their modes."""
    # As root, the accounts of the databases must be able to enter the home and its sockets' folders.
    shared = 0o711 if os.geteuid() == 0 else 0o700
    return (
        (home.root, shared),
        (home.secrets, 0o700),
        (home.run, shared),
        (home.services_cwd, shared),
        (home.logs, 0o700),
        (home.airflow, 0o700),
        (home.cache, 0o700),
    )


def check_home(home: Home, other_home: Sequence[str] = OTHER_HOME) -> None:
    """A folder with other files does not become a home: setup would change its mode and add its own folders.
    `other_home`: the command for another one. Raises MlopsctlError."""
    root = home.root
    if wrong := next((c for c in str(root) if c in UNUSABLE or not c.isprintable()), ""):
        raise MlopsctlError(
            f"the path of the home, {str(root)!r}, contains {wrong!r}, with which the services cannot run.",
            hint=Hint.of(*other_home, note="with a path of letters, digits, spaces and - _ ."),
            code="path-characters",
        )
    if root.exists() and not root.is_dir():
        raise MlopsctlError(f"{root} is a file.", hint=Hint.of(*other_home))
    if not root.exists() or home.config.exists() or not os.access(root, os.R_OK):
        return
    if other := sorted({p.name for p in root.iterdir()} - {"run", *(p.name for p, _ in folders(home))}):
        raise MlopsctlError(
            f"{root} is not a home of mlopsctl, and it is not empty: {', '.join(other[:3])}.",
            hint=Hint.of(*other_home, note="with a new or empty folder"),
            code="not-a-home",
        )


def check_versions(request: SetupRequest) -> None:
    """Whether this Airflow can be installed, on which Python, with which constraints. Raises MlopsctlError."""
    platform, settings = request.platform, request.platform.settings
    record, version = platform.venv.record(), settings.airflow_version
    airflow_version.check(version, "setup", offline=request.offline)
    if record and record.airflow_version != version and not settings.external_metadata_db:
        raise MlopsctlError(
            f"Airflow {record.airflow_version} is installed, and setup does not replace it.",
            hint=Hint.of("upgrade", "--airflow-version", version),
            code="upgrade",
        )
    if settings.python or not record:
        request.find_python()
    if settings.constraints not in KEYWORDS:
        check_given(settings.constraints, version)


def _check_content(request: SetupRequest) -> None:
    settings = request.platform.settings
    if settings.seed:
        start, end = date.fromisoformat(settings.seed_from), date.fromisoformat(settings.seed_to)
        check_range(start, end, SeedRequest(default_scale=settings.seed_scale))
    for folder in request.dags_folders:
        links.dag_packages(folder)


def _check_packages(request: SetupRequest) -> None:
    if missing := system_requirements.missing_packages(request):
        raise system_requirements.packages_missing(missing)


def _check_disk(request: SetupRequest) -> None:
    if request.platform.venv.record():
        return
    folder = existing_parent(request.platform.home.root)
    if problem := system_requirements.disk_space_problem(folder, system_requirements.FREE_BYTES):
        hint = Hint.of(*OTHER_HOME, note="on another disk, or free some space")
        raise MlopsctlError(problem, hint=hint, code="disk-full")


def _check_access(request: SetupRequest) -> None:
    """We must be able to write the home, and the accounts of the databases must be able to enter its parent folders."""
    platform, root = request.platform, request.platform.home.root
    parent = existing_parent(root)
    if not os.access(parent, os.W_OK | os.X_OK):
        raise MlopsctlError(f"{parent} is not writable.", hint=Hint.of(*OTHER_HOME), code="no-rights")
    above = existing_parent(root.parent)  # setup sets the mode of the home itself
    for account in sorted({name for name in (platform.postgres.account, platform.mariadb.account) if name}):
        if folder := system_requirements.first_closed_folder(account, above):
            raise MlopsctlError(
                f"the account {account} cannot enter {folder}, a parent folder of the home.",
                hint=Hint(line=f"chmod o+x {shlex.quote(str(folder))}", note="or use another home:", other=OTHER_HOME),
                code="no-rights",
            )
