"""Which backfill is meant by a few words."""

from collections.abc import Sequence

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.metadb.interface import AirflowMetadata
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Backfill


def find(metadata: AirflowMetadata, api: AirflowApi, words: str | None, command: str) -> Backfill:
    """`words`: Airflow's number, our id, a DAG (its active backfill, else its newest); None: the only active one.

    `command` is for hints: `backfills watch`. Raises UsageError where several are meant, MlopsctlError where none is.
    """
    if not words:
        return _only([b for b in metadata.backfills(ended=0) if b.active], command)
    found = metadata.backfills(id_=words, ended=2)  # a number may be our id too: six digits of six are rare
    by_number = [b for b in found if b.engine == "airflow"]
    if found:
        return (by_number or found)[0]
    if words.isdecimal():
        raise MlopsctlError(
            f"there is no backfill {words}.", hint=Hint.of("backfills", "list", "--all"), code="no-backfill"
        )
    return _of_dag(metadata, api, words, command)


def _of_dag(metadata: AirflowMetadata, api: AirflowApi, dag_id: str, command: str) -> Backfill:
    listed = metadata.backfills(dag_id=dag_id, ended=1)
    if active := [b for b in listed if b.active]:
        return _only(active, command)
    if listed:
        return listed[0]
    api.dag(dag_id)  # raises MlopsctlError where there is none, with the nearest names
    raise MlopsctlError(f"{dag_id} has no backfill.", hint=Hint.of("runs", dag_id), code="no-backfill")


def _only(active: Sequence[Backfill], command: str) -> Backfill:
    active = [b for b in active if b.state != "ending"] or active
    if not active:
        raise MlopsctlError("no backfill is active.", hint=Hint.of("backfills", "list"), code="no-backfill")
    if len(active) > 1:
        listed = ", ".join(f"{b.id} ({b.dag_id})" for b in active)
        raise UsageError(
            f"{len(active)} backfills are active: {listed}.",
            hint=f"say which: mlopsctl {command} {active[0].id}",
            code="which-backfill",
        )
    return active[0]


def again(metadata: AirflowMetadata, backfill: Backfill) -> Backfill:
    """The same backfill as it is now; what it was where none of its runs is its own any more."""
    found = metadata.backfills(id_=backfill.id, dag_id=backfill.dag_id, ended=2)
    return next((b for b in found if b.engine == backfill.engine), backfill)
