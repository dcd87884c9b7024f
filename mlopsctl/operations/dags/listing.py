"""The DAGs that Airflow knows, and the files that it cannot import."""

from collections.abc import Iterator
from pathlib import Path

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.constraints import BUNDLED
from mlopsctl.core.model import DagDetails, ImportErrorReport
from mlopsctl.operations.dags import module_packages
from mlopsctl.operations.dags.import_errors import Around, Explained, explain
from mlopsctl.operations.platform import Platform

__all__ = ["Around", "Explained", "around", "errors", "explain", "failed", "read"]


def read(api: AirflowApi) -> list[DagDetails]:
    """All DAGs, by name."""
    return api.dags()


def errors(platform: Platform) -> list[Explained]:
    """Every file that Airflow could not import, with its cause. Raises MlopsctlError."""
    reports = failed(platform)
    surroundings = around(platform) if reports else Around()
    return [explain(report, surroundings) for report in reports]


def failed(platform: Platform) -> list[ImportErrorReport]:
    """The files that Airflow could not import, without those that have gone since. Raises MlopsctlError."""
    return [report for report in platform.api.import_errors() if _stands(platform.home.dags / report.file)]


def _stands(path: Path) -> bool:
    """Also in a zip file."""
    return path.exists() or any(parent.is_file() for parent in path.parents)


def around(platform: Platform) -> Around:
    """What the causes are judged by."""
    home, settings = platform.home, platform.settings
    files = list(requirement_files(platform))
    constraints = [
        *home.cache.glob("constraints-*.txt"),
        *BUNDLED.glob(f"constraints-{settings.airflow_version}-*.txt"),
    ]
    return Around(
        home.dags,
        next(iter(sorted(home.venv.glob("lib/python3*/site-packages"))), None),
        tuple(project_folders(platform)),
        frozenset(module_packages.named_in([*constraints, *files])),
        files[0] if files else None,
    )


def requirement_files(platform: Platform) -> Iterator[Path]:
    """Where the project says what it needs, whether or not it does so yet."""
    settings = platform.settings
    if settings.requirements:
        yield Path(settings.requirements)
    else:
        yield from (Path(folder) / "requirements.txt" for folder in settings.dags)


def project_folders(platform: Platform) -> list[Path]:
    """The folders in which the project's packages stand: those given to setup, and those of what is linked."""
    dags = platform.home.dags
    links = [path for path in sorted(dags.iterdir()) if path.is_symlink()] if dags.is_dir() else []
    linked = [path.resolve().parent for path in links if path.exists()]
    return list(dict.fromkeys([*map(Path, platform.settings.dags), *linked]))
