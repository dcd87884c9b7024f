"""Which files `dags migrate` changes, and whether it may."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from mlopsctl.adapters import git
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.steps import Plan, PlannedStep
from mlopsctl.core.text import plural
from mlopsctl.operations.dags.check import project as projects
from mlopsctl.operations.dags.migrate.rewrite import Migration, rewrite


def read(paths: Iterable[Path]) -> list[Migration]:
    """What migrating would do to the files. Raises UsageError if a path does not exist, MlopsctlError, OSError."""
    return rewrite(projects.read(paths))


def plan(migrations: Sequence[Migration]) -> Plan:
    """One step for each file that changes."""
    changed = [migration for migration in migrations if migration.changed]
    steps = tuple(PlannedStep(str(migration.path), f"rewrite: {', '.join(migration.rules)}") for migration in changed)
    return Plan(steps, asks=f"Rewrite {plural(len(changed), 'file')}?" if changed else "")


def check_committed(migrations: Sequence[Migration]) -> None:
    """Raises MlopsctlError if git could not bring back a file that is going to be changed."""
    changed = [migration.path for migration in migrations if migration.changed]
    unsaved = [path for path in changed if not git.is_committed(path.resolve())]
    if not unsaved:
        return
    names = ", ".join(map(str, unsaved[:3])) + (", …" if len(unsaved) > 3 else "")
    raise MlopsctlError(
        f"{plural(len(unsaved), 'file')} to rewrite {'is' if len(unsaved) == 1 else 'are'} not committed: {names}.",
        hint="commit your changes first, or keep a copy of each file with --backup",
        code="not-committed",
    )
