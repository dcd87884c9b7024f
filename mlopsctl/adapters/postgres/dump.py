"""Backup and restore of Airflow's metadata with PostgreSQL's own programs, in one transaction."""

from pathlib import Path

from mlopsctl.adapters import process
from mlopsctl.adapters.files import write
from mlopsctl.adapters.postgres.server import Postgres, find_program
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint


def dump(postgres: Postgres, path: Path) -> None:
    """Write everything that Airflow's account owns to an SQL file (0600), which is complete or does not exist.

    Raises MlopsctlError with pg_dump's output.
    """
    part = path.with_name(f"{path.name}.part")
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write(part, "")  # pg_dump writes into the existing file, and so keeps its permissions
    try:
        _call(postgres, "pg_dump", "--no-owner", "-f", part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def restore(postgres: Postgres, path: Path) -> None:
    """Replace the current content by that of a dump; nothing changes if that fails.

    Raises MlopsctlError with psql's output.
    """
    options = ("-X", "-q", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "--single-transaction")
    _call(postgres, "psql", *options, "-c", "DROP OWNED BY airflow CASCADE", "-f", path)


def _call(postgres: Postgres, name: str, *options: str | Path) -> None:
    """Run a client of the server's version: the server rejects an older one, and cannot read a newer one's dump."""
    program = find_program(name, postgres.version)
    if not program:
        raise MlopsctlError(
            f"{name} of PostgreSQL is not installed.",
            hint=Hint(line="sudo apt-get install postgresql-client"),
            code="no-program",
        )
    command, env = postgres.client()
    process.run([program, *options, *command[1:]], env=env)
