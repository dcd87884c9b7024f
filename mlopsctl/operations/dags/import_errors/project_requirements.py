"""The requirements file of the project that a DAG file belongs to. Several projects can be linked into a home."""

import shlex
import tomllib
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.core.hint import Hint
from mlopsctl.operations.dags.import_errors.import_context import ImportContext
from mlopsctl.operations.dags.packages import module_packages

NAME = "requirements.txt"
ROOT_MARKERS = (".git", "pyproject.toml", "setup.py", "setup.cfg")


@dataclass(frozen=True)
class RequirementsFile:
    """`path`: whether or not it exists; None if the project is unknown. `used`: `setup` reads it already. `names`: the
    normalized names that the project lists. `instead_of`: what setup would no longer read, if it were given `path`."""

    path: Path | None = None
    used: bool = True
    names: frozenset[str] = frozenset()
    instead_of: Path | None = None

    @property
    def setup(self) -> tuple[str, ...]:
        """The command that installs what it lists."""
        return ("setup",) if self.path and self.used else ("setup", "--requirements", str(self.path or "FILE"))

    @property
    def note(self) -> str:
        return f"it then no longer reads {self.instead_of}" if self.instead_of else ""

    def keep(self, package: str) -> Hint:
        """How to install a package so that a later setup keeps it."""
        listed = not self.path or package in self.names
        line = "" if listed else f"echo {package} >> {shlex.quote(str(self.path))}"
        return Hint(self.setup, line=line, note=self.note)


def find(file: Path | None, context: ImportContext) -> RequirementsFile:
    """`file`: the one that imports something, as reached from the DAGs folder; None: that of the home."""
    home = RequirementsFile(context.requirements)
    if not file or not context.dags or not file.is_relative_to(context.dags):
        return home
    folder = file.resolve().parent
    if folder.is_relative_to(context.dags.resolve()):  # not linked
        return home
    path, names = _of_project(folder)
    if path in {used.resolve() for used in context.read_by_setup}:
        return RequirementsFile(path, names=names)
    of_home = home.path and (context.given_requirements or home.path.parent.resolve() in (folder, *folder.parents))
    if not path and of_home:
        return home
    instead = next((used for used in context.read_by_setup if used.is_file()), None)
    return RequirementsFile(path or _root(file, context.dags) / NAME, used=False, names=names, instead_of=instead)


def _of_project(folder: Path) -> tuple[Path | None, frozenset[str]]:
    """The nearest one above, up to the root of the project, and what it lists. Beside a pyproject.toml it may not exist
    yet: setup does not read that file."""
    for above in (folder, *folder.parents):
        if above in (Path.home(), Path(above.anchor)):
            break
        if (above / NAME).is_file():
            return above / NAME, frozenset(module_packages.distributions_in([above / NAME]))
        if (above / "pyproject.toml").is_file():
            return above / NAME, _dependencies(above / "pyproject.toml")
        if (above / ".git").exists():
            break
    return None, frozenset()


def _dependencies(file: Path) -> frozenset[str]:
    try:
        project = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
        lines = project.get("dependencies", ())
        return frozenset(filter(None, map(module_packages.distribution_in, lines)))
    except (ValueError, AttributeError, TypeError):  # not valid: then it lists nothing that can be known
        return frozenset()


def _root(file: Path, dags: Path) -> Path:
    """Where a project without requirements would have them: at its root, or in the folder that is linked."""
    top = (dags / file.relative_to(dags).parts[0]).resolve()
    linked = top if top.is_dir() else top.parent
    above = (linked, *linked.parents)
    return next((folder for folder in above if any((folder / name).exists() for name in ROOT_MARKERS)), linked)
