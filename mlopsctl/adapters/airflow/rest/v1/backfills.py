"""Airflow 2 has no backfills in its API."""

from datetime import datetime
from typing import NoReturn, Unpack

from mlopsctl.adapters.airflow.interface import BackfillOptions
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import NativeBackfill


class BackfillCalls:
    def active_backfill(self, dag_id: str) -> NativeBackfill | None:
        return None

    def list_backfills(self, dag_id: str) -> list[NativeBackfill]:
        return []

    def backfill(self, id_: int) -> NativeBackfill:
        _unsupported()

    def create_backfill(
        self, dag_id: str, start: datetime, end: datetime, **options: Unpack[BackfillOptions]
    ) -> NativeBackfill:
        _unsupported()

    def dry_run_backfill(
        self, dag_id: str, start: datetime, end: datetime, **options: Unpack[BackfillOptions]
    ) -> list[datetime]:
        _unsupported()

    def pause_backfill(self, id_: int) -> None:
        _unsupported()

    def unpause_backfill(self, id_: int) -> None:
        _unsupported()

    def cancel_backfill(self, id_: int) -> None:
        _unsupported()


def _unsupported() -> NoReturn:
    raise MlopsctlError(
        "Airflow 2 has no backfills of its own; mlopsctl creates the runs of a backfill (engine runs).",
        hint=Hint.of("backfills", "list"),
        code="no-backfill-api",
    )
