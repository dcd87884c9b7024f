"""What a platform needs from the machine: packages, disk space, short socket paths, access to the home."""

import os
from pathlib import Path

from mlopsctl.adapters import process, python_finder
from mlopsctl.adapters.postgres import server
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.setup.request import SetupRequest

FREE_BYTES = 2 * 10**9  # the disk space that a setup uses
MAX_SOCKET_PATH = 107  # bytes of a path in sockaddr_un, without the terminating null byte
LONGEST_SOCKET = "/postgres/.s.PGSQL.5432"


def missing_packages(request: SetupRequest) -> list[str]:
    """The distribution packages that setup, or a worker host, needs and that are not installed."""
    missing = [package for package, found in _programs(request.platform).items() if not found]
    return [*missing, *missing_build_packages(request)]


def _programs(platform: Platform) -> dict[str, object]:
    """The packages with programs, and what was found of each."""
    settings = platform.settings
    if settings.head:
        return {"stunnel4": process.find_program("stunnel4")}
    installed: dict[str, object] = {}
    if not settings.external_feature_store:
        programs = process.find_program("mariadbd") and process.find_program("mariadb-install-db")
        installed["mariadb-server"] = programs and process.account_exists(platform.mariadb.account)
    if not settings.external_metadata_db:
        programs = server.find_program("initdb") and server.find_program("psql")
        installed["postgresql"] = programs and process.account_exists(platform.postgres.account)
    if settings.has_workers:
        programs = process.find_program("redis-server") and process.find_program("redis-cli")
        installed["redis-server"] = programs and process.account_exists(platform.redis.account)
    if settings.listen_address:
        installed["stunnel4"] = process.find_program("stunnel4")
    return installed


def missing_build_packages(request: SetupRequest) -> list[str]:
    """The distribution packages that are needed to compile mysqlclient, if Airflow has to be installed."""
    return [] if request.platform.venv.record() else build_packages_for(*request.find_python())


def build_packages_for(path: str, version: str) -> list[str]:
    """Those that are missing to compile mysqlclient for a Python, of which path and version are given."""
    installed = {
        "gcc": process.find_program("cc"),
        "pkg-config": process.find_program("pkg-config"),
        "libmariadb-dev": process.find_program("mariadb_config"),
        f"python{version}-dev": python_finder.has_headers(path),
    }
    return [package for package, found in installed.items() if not found]


def packages_missing(packages: list[str]) -> MlopsctlError:
    return MlopsctlError(
        f"system packages are missing: {', '.join(packages)}.",
        hint=Hint(line=f"sudo apt-get install -y --no-install-recommends {' '.join(packages)}"),
        code="missing-packages",
    )


def existing_parent(path: Path) -> Path:
    """The path itself or its closest parent that exists."""
    while not path.exists():
        path = path.parent
    return path


def disk_space_problem(folder: Path, needed: float) -> str:
    """A sentence if fewer than `needed` bytes are free on the disk of `folder`; empty if there is enough space."""
    stat = os.statvfs(folder)
    free = stat.f_bavail * stat.f_frsize
    if free >= needed:
        return ""
    return f"not enough disk space at {folder}: {free / 1e9:.1f} GB are free, {needed / 1e9:g} GB are needed."


def socket_path_problem(home: Home) -> str:
    """A sentence if the path of the home is too long for its sockets; empty if it is not."""
    length = len(os.fsencode(f"{home.run}{LONGEST_SOCKET}"))
    if length <= MAX_SOCKET_PATH:
        return ""
    return f"the path of the home is too long: its socket paths have {length} bytes, the maximum is {MAX_SOCKET_PATH}."


def first_closed_folder(account: str, folder: Path) -> Path | None:
    """The topmost folder on the way to `folder`, including itself, that the account cannot enter."""
    if _can_enter(account, folder):
        return None
    return next((f for f in reversed(folder.parents) if not _can_enter(account, f)), folder)


def _can_enter(account: str, folder: Path) -> bool:
    return process.run(["test", "-x", folder], user=account, check=False).code == 0
