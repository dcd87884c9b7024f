"""What the files beside the DAGs declare: required packages, connections and variables."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.constraints import BUNDLED
from mlopsctl.core.errors import UsageError
from mlopsctl.core.settings import AIRFLOW_VERSION
from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.packages.module_packages import PROVIDER_PREFIX, normalize

ASTRO_SETTINGS = "airflow_settings.yaml"
PROJECT_MARKERS = (".git", "pyproject.toml", "requirements.txt", "setup.py", "Dockerfile", ASTRO_SETTINGS)
REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:\[([^\]]*)\])?\s*(?:[=<>!~;@#,(]|$)")
INCLUDED = re.compile(r"\s*(?:-r|--requirement)[\s=]+(\S+)")
WITHOUT_NAME = re.compile(r"\s*(?:-e|--editable|\.|/|[\w.+-]+://|git\+)")


@dataclass(frozen=True)
class Requirements:
    """`names`: normalized, with those of Airflow itself. `complete`: False if it lists a path or a URL without a name,
    which can provide any module."""

    file: Path
    names: frozenset[str]
    complete: bool = True


@dataclass(frozen=True)
class Entries:
    """The names of connections or variables. `severity`: of the use of another name; an error only if the user gave
    the file, because an Airflow has more than what a file that was found declares."""

    file: Path
    names: frozenset[str]
    severity: Severity = Severity.ERROR


@dataclass(frozen=True)
class Declared:
    """What is None is not checked."""

    requirements: Requirements | None = None
    connections: Entries | None = None
    variables: Entries | None = None


NOTHING_DECLARED = Declared()


def read_requirements(file: Path) -> Requirements:
    """Raises UsageError if it, or a file that it includes, cannot be read."""
    names, complete = set(_installed_with_airflow()), True
    for line in _lines(file, set()):
        if WITHOUT_NAME.match(line):
            complete = False
        elif found := REQUIREMENT.match(line):
            names.add(normalize(found[1]))
            names |= {normalize(PROVIDER_PREFIX + extra.strip()) for extra in (found[2] or "").split(",")}
    return Requirements(file, frozenset(names), complete)


def _lines(file: Path, seen: set[Path]) -> Iterator[str]:
    if file.resolve() in seen:
        return
    seen.add(file.resolve())
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as e:
        raise UsageError(f"cannot read the requirements in {file}: {e}.", hint="--requirements FILE") from e
    for line in text.splitlines():
        if included := INCLUDED.match(line):
            yield from _lines(file.parent / included[1], seen)
        else:
            yield line


def _installed_with_airflow() -> Iterator[str]:
    """The packages that are there without being required: Airflow, the providers of setup, and what these need."""
    for file in BUNDLED.glob(f"constraints-{AIRFLOW_VERSION}-*.txt"):
        yield from (normalize(line.partition("==")[0]) for line in file.read_text(encoding="utf-8").splitlines())


def find_astro_settings(paths: Iterable[Path]) -> Path | None:
    """The settings of the Astro project that contains the first path."""
    for path in paths:
        for folder in (path.resolve(), *path.resolve().parents):
            if (folder / ASTRO_SETTINGS).is_file():
                return folder / ASTRO_SETTINGS
            if is_project_root(folder):
                break
    return None


def is_project_root(folder: Path) -> bool:
    return any((folder / marker).exists() for marker in PROJECT_MARKERS)
