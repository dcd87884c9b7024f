"""Which existing backfill a user names."""

from collections.abc import Sequence

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.metadb.interface import RunMetadata
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Backfill
from mlopsctl.core.states import BackfillState


def find(metadata: RunMetadata, api: AirflowApi, name: str | None, command: str) -> Backfill:
    """`name`: Airflow's number, our id, or a DAG (its active backfill, else its newest); None: the only active one.

    `command`: of `mlopsctl backfills`, for hints. Raises UsageError if several match, MlopsctlError if none does.
    """
    if not name:
        return _only([b for b in metadata.backfills(ended=0) if b.active], command)
    found = metadata.backfills(id_=name, ended=2)  # our id may look like a number: six digits of six are rare
    if found:
        return next((b for b in found if isinstance(b.id, int)), found[0])
    if name.isdecimal():
        hint = Hint.of("backfills", "list", "--all")
        raise MlopsctlError(f"there is no backfill {name}.", hint=hint, code="no-backfill")
    return _of_dag(metadata, api, name, command)


def reread(metadata: RunMetadata, backfill: Backfill) -> Backfill:
    """The same backfill as it is now; as it was, if no run belongs to it any more."""
    found = metadata.backfills(id_=backfill.id, dag_id=backfill.dag_id, ended=2)
    return next((b for b in found if b.id == backfill.id), backfill)


def _of_dag(metadata: RunMetadata, api: AirflowApi, dag_id: str, command: str) -> Backfill:
    listed = metadata.backfills(dag_id=dag_id, ended=1)
    if active := [b for b in listed if b.active]:
        return _only(active, command)
    if listed:
        return listed[0]
    api.dag(dag_id)  # raises MlopsctlError for an unknown DAG, with the nearest names
    raise MlopsctlError(f"{dag_id} has no backfill.", hint=Hint.of("runs", dag_id), code="no-backfill")


def _only(active: Sequence[Backfill], command: str) -> Backfill:
    active = [b for b in active if b.state != BackfillState.ENDING] or active
    if not active:
        raise MlopsctlError("no backfill is active.", hint=Hint.of("backfills", "list"), code="no-backfill")
    if len(active) > 1:
        listed = ", ".join(f"{b.id} ({b.dag_id})" for b in active)
        words = ("backfills", command, active[0].id)
        hint = Hint.of(*words, note="name one of them")
        raise UsageError(f"{len(active)} backfills are active: {listed}.", hint=hint, code="which-backfill")
    return active[0]
