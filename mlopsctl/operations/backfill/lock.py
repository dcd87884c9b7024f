"""One mlopsctl at a time runs a backfill on a DAG, and nothing else changes a home while one waits for its runs."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mlopsctl.adapters.airflow.run_owner import RUN_ID_PREFIX
from mlopsctl.adapters.files import check_unlocked, locked
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import BackfillId
from mlopsctl.core.paths import Home
from mlopsctl.operations.target import Target


def lock_file(home: Home, dag_id: str) -> Path:
    return home.run / f"backfill-{dag_id}.lock"


@contextmanager
def backfill_lock(target: Target, dag_id: str) -> Iterator[None]:
    """Raises MlopsctlError `backfill-active`, with the process that holds the lock and the id of its backfill."""
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(lock_file(target.home, dag_id), f"backfill {dag_id}"))
        except MlopsctlError as e:
            id_ = _active_id(target, dag_id)
            hint = Hint.of("backfills", "watch", id_) if id_ else "wait until it has ended, or stop it with Ctrl-C"
            words = f"{f'backfill {id_}' if id_ else 'a backfill'} is already active on {dag_id}: {e.message}"
            raise MlopsctlError(words, hint=hint, code="backfill-active") from e
        yield


def _active_id(target: Target, dag_id: str) -> BackfillId | None:
    if record := target.api.active_backfill(dag_id):
        return record.id
    run = target.api.active_run(dag_id, RUN_ID_PREFIX)
    return run.owner if run and run.owner else None


def check_idle(home: Home) -> None:
    """Raises MlopsctlError while an mlopsctl waits for a backfill. Changes nothing."""
    for lock in home.run.glob(lock_file(home, "*").name):
        check_unlocked(lock)
