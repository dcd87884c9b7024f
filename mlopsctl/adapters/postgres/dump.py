"""Airflow's metadata in a file, and back again: by PostgreSQL's own programs, all in one transaction."""

from pathlib import Path

from mlopsctl.adapters import process
from mlopsctl.adapters.files import write
from mlopsctl.adapters.postgres.server import Postgres, find_program
from mlopsctl.core.errors import MlopsctlError


def dump(postgres: Postgres, path: Path) -> None:
    """Everything that Airflow's account owns, as SQL; the file is 0600, and there whole or not at all.

    Raises MlopsctlError in pg_dump's words.
    """
    part = path.with_name(f"{path.name}.part")
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write(part, "")  # pg_dump writes into what is there, and so for its owner only
    try:
        _call(postgres, "pg_dump", "--no-owner", "-f", part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def restore(postgres: Postgres, path: Path) -> None:
    """What is there goes, what was dumped comes; where that fails nothing has changed.

    Raises MlopsctlError in psql's words.
    """
    bare = ("-X", "-q", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "--single-transaction")
    _call(postgres, "psql", *bare, "-c", "DROP OWNED BY airflow CASCADE", "-f", path)


def _call(postgres: Postgres, name: str, *options: str | Path) -> None:
    """A client of the server's own version: an older one refuses it, a newer one writes what it cannot read."""
    program = find_program(name, postgres.version)
    if not program:
        raise MlopsctlError(
            f"{name} of PostgreSQL is not installed.", hint="sudo apt-get install postgresql-client", code="no-program"
        )
    command, env = postgres.client()
    process.run([program, *options, *command[1:]], env=env)
