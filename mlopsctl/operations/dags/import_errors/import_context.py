"""What the cause of an import error is judged by: the DAGs folder, the installed packages, the project's files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.constraints import BUNDLED
from mlopsctl.operations.dags.packages import module_packages
from mlopsctl.operations.platform import Platform


@dataclass(frozen=True)
class ImportContext:
    """`site`: the site-packages folder of the managed Airflow. `folders`: where the project's packages are. `known`:
    the distributions named in Airflow's constraint file and in the requirements that setup reads. `requirements`: the
    first of their files, whether or not it exists yet; `read_by_setup`: all; `given_requirements`: it was given to
    setup, and is not that of a DAGs folder."""

    dags: Path | None = None
    site: Path | None = None
    folders: tuple[Path, ...] = ()
    known: frozenset[str] = frozenset()
    requirements: Path | None = None
    read_by_setup: tuple[Path, ...] = ()
    given_requirements: bool = False


NO_CONTEXT = ImportContext()


def read(platform: Platform) -> ImportContext:
    """The context of a home."""
    home, settings = platform.home, platform.settings
    files = list(requirement_files(platform))
    constraints = [
        *home.cache.glob("constraints-*.txt"),
        *BUNDLED.glob(f"constraints-{settings.airflow_version}-*.txt"),
    ]
    return ImportContext(
        home.dags,
        next(iter(sorted(home.venv.glob("lib/python3*/site-packages"))), None),
        tuple(project_folders(platform)),
        frozenset(module_packages.distributions_in([*constraints, *files])),
        files[0] if files else None,
        tuple(files),
        bool(settings.requirements),
    )


def requirement_files(platform: Platform) -> Iterator[Path]:
    """Where the project lists its requirements; the files may not exist."""
    settings = platform.settings
    if settings.requirements:
        yield Path(settings.requirements)
    else:
        yield from (folder / "requirements.txt" for folder in platform.dags_folders)


def project_folders(platform: Platform) -> list[Path]:
    """The folders that hold the project's packages: those given to setup, and the parents of linked packages."""
    dags = platform.home.dags
    links = [path for path in sorted(dags.iterdir()) if path.is_symlink()] if dags.is_dir() else []
    linked = [path.resolve().parent for path in links if path.exists()]
    return list(dict.fromkeys([*platform.dags_folders, *linked]))
