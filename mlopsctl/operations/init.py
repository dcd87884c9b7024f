"""Create a project: a directory with a pipeline, its tests and a CI workflow, from a template.

The files of a template are a working project named `my_project`; only that name, the time zone and the version of
mlopsctl are replaced.
"""

import keyword
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mlopsctl import __version__
from mlopsctl.adapters.airflow.release import find
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step

TEMPLATES = Path(__file__).parents[1] / "project_templates"
COMMON = "common"  # what all templates have; a template's own file replaces the common one
STAGING = ".mlopsctl-init"  # the files are complete before they get their final place
LONGEST_NAME = 40  # characters: table names, of at most 64, are derived from the name
# Modules that a DAG could not import any more if the project had the same name.
TAKEN_NAMES = sys.stdlib_module_names | {"airflow", "joblib", "mlopsctl", "numpy", "pandas", "pendulum", "sklearn"}


class Template(StrEnum):
    """The pipeline of a new project: train and predict, transform in SQL, or one task to start from."""

    ML = "ml"
    SQL = "sql"
    EMPTY = "empty"


@dataclass(frozen=True)
class Project:
    """A project to create. `folder`: an absolute path. `timezone`: the one of the data. `airflow_version`: of the
    platform that will run it."""

    folder: Path
    template: Template
    timezone: str
    airflow_version: str

    @property
    def name(self) -> str:
        """The id of its DAG, and the name of its Python package and of its tables, derived from the folder's name."""
        name = re.sub(r"[^a-z0-9]+", "_", self.folder.name.lower())[:LONGEST_NAME].strip("_")
        if not name or name[0].isdigit():
            name = f"pipeline_{name}".rstrip("_")
        return f"{name}_pipeline" if keyword.iskeyword(name) or name in TAKEN_NAMES else name

    @property
    def dags(self) -> Path:
        return self.folder / "dags"

    def files(self) -> dict[Path, str]:
        """The contents of its files, by their paths in the folder."""
        values = {"my_project": self.name, "Asia/Seoul": self.timezone, "MLOPSCTL_VERSION": __version__}
        found: dict[Path, str] = {}
        for top in (TEMPLATES / COMMON, TEMPLATES / self.template):
            for file in sorted(top.rglob("*")):
                if file.is_file() and "__pycache__" not in file.parts:  # an installation compiles the templates, too
                    path = Path(_fill_in(str(file.relative_to(top)), values))
                    found[path] = _fill_in(file.read_text(encoding="utf-8"), values)
        return dict(sorted(found.items()))


def _fill_in(text: str, values: Mapping[str, str]) -> str:
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def plan(project: Project) -> Plan:
    """Raises MlopsctlError if the folder contains other files or cannot be written to. An empty repository is fine."""
    files = project.files()
    _check_writable(project.folder)
    if in_the_way := _in_the_way(project.folder, files):
        names = ", ".join(in_the_way[:5]) + (f" and {len(in_the_way) - 5} more" if len(in_the_way) > 5 else "")
        raise MlopsctlError(
            f"{project.folder} is not empty: {names}.",
            hint=Hint.of("init", project.folder / "pipelines", note="a new directory in it"),
            code="not-empty",
        )
    steps = ((str(path), "" if (project.folder / path).exists() else "create") for path in files)
    return Plan(tuple(PlannedStep(name, what) for name, what in steps), notes=tuple(_notes(project)))


def _notes(project: Project) -> Iterator[Message]:
    if find(project.airflow_version).is_airflow2:
        yield Message.warning(
            f"the project needs Airflow 3, and this home has Airflow {project.airflow_version}.",
            Hint.of("--home", "DIR", "setup", "--dags", project.dags),
        )


def _check_writable(folder: Path) -> None:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not existing.is_dir():
        raise UsageError(f"{existing} is a file.", hint=Hint.of("init", "DIR", note="with a new or empty directory"))
    if not os.access(existing, os.W_OK | os.X_OK):
        raise MlopsctlError(
            f"you cannot create files in {existing}.",
            hint=Hint.of("init", "DIR", note="in a directory that you can write to"), code="system",
        )  # fmt: skip


def _in_the_way(folder: Path, files: Mapping[Path, str]) -> list[str]:
    """The paths in a folder that do not belong to the project. Those of an init that was killed do.

    Only the folders of the project are searched: the given one may be a home directory.
    """
    if not folder.is_dir():
        return []
    tops = {path.parts[0] for path in files}
    entries = sorted(path for path in folder.iterdir() if path.name not in (".git", STAGING))
    found = [path for path in entries if path.name not in tops]
    for entry in (path for path in entries if path.name in tops):
        inside = [path for path in entry.rglob("*") if not path.is_dir()] if entry.is_dir() else [entry]
        found += [path for path in inside if not _is_same(path, files.get(path.relative_to(folder)))]
    return [str(path.relative_to(folder)) for path in sorted(found)]


def _is_same(file: Path, content: str | None) -> bool:
    return content is not None and file.is_file() and file.read_bytes() == content.encode()


def run(plan: Plan, project: Project) -> Iterator[Step]:
    """A new folder gets its name when it is complete. An existing one, which may be the current directory, gets one
    complete file after the other; if this is killed, the next run adds the rest."""
    files = {path: text for path, text in project.files().items() if not (project.folder / path).exists()}
    if files:
        _write(project.folder, files)
    for step in plan.steps:
        yield Step(step.name, StepState.CHANGED if step.what else StepState.OK, "created" if step.what else "")


def _write(folder: Path, files: Mapping[Path, str]) -> None:
    is_new = not folder.exists()
    staging = folder.parent / f".{folder.name}{STAGING}" if is_new else folder / STAGING
    if staging.exists():
        shutil.rmtree(staging)
    for path, text in files.items():
        file = staging / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    if is_new:
        staging.rename(folder)
        return
    for path in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (staging / path).rename(folder / path)
    shutil.rmtree(staging)
