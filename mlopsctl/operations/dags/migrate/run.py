"""Writes the rewritten files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from mlopsctl.adapters import files
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations.dags.migrate.rewrite import Migration

BACKUP = ".orig"


def run(migrations: Sequence[Migration], *, backup: bool = False) -> Iterator[Step]:
    """Each file is replaced at once; after an interruption, the same call continues with the files that are left.

    `backup`: keep the old content beside the file, as FILE.orig. Raises MlopsctlError if a file has changed since it
    was read, OSError.
    """
    for migration in migrations:
        if migration.changed:
            _write(migration, backup)
            yield Step(str(migration.path), StepState.CHANGED, ", ".join(migration.rules))


def _write(migration: Migration, backup: bool) -> None:
    path = migration.path.resolve()  # the file, not a link to it
    content = path.read_bytes()
    if content.decode(migration.encoding) != migration.before:
        raise MlopsctlError(
            f"{migration.path} has changed in the meantime.", hint="run the same command again", code="file-changed"
        )
    mode = path.stat().st_mode & 0o7777
    if backup:
        _keep(path, content, mode)
    files.write_bytes(path, migration.after.encode(migration.encoding), mode)


def _keep(path: Path, content: bytes, mode: int) -> None:
    """A backup is never replaced: after an interruption it is the only one with the old content."""
    number = 0
    while (kept := path.with_name(f"{path.name}{BACKUP}{f'.{number}' if number else ''}")).exists():
        if kept.read_bytes() == content:
            return
        number += 1
    files.write_bytes(kept, content, mode)
