"""One mlopsctl at a time on a DAG, and no other work on a home while one waits for a backfill's runs."""

from pathlib import Path

from mlopsctl.adapters.files import check_unlocked
from mlopsctl.core.paths import Home


def lock_of(home: Home, dag_id: str) -> Path:
    """What `backfill` holds as long as it stays."""
    return home.run / f"backfill-{dag_id}.lock"


def check_idle(home: Home) -> None:
    """Raises MlopsctlError where a backfill is being watched: it would wait for what is gone. Only looks."""
    for lock in home.run.glob(lock_of(home, "*").name):
        check_unlocked(lock)
