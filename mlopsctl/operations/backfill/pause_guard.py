"""Pausing a DAG again that a backfill has unpaused, also where the mlopsctl that did so was stopped or killed."""

from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.paths import Home
from mlopsctl.operations.backfill.plan import BackfillPlan


def mark_of(home: Home, dag_id: str) -> Path:
    """The file that is there while the DAG is owed its pause."""
    return home.run / f"repause-{dag_id}"


@dataclass(frozen=True)
class Repause:
    """`mark`: as mark_of; None: nobody remembers it."""

    plan: BackfillPlan
    api: AirflowApi
    mark: Path | None = None

    @property
    def due(self) -> bool:
        """Whether the DAG is to be paused at the end: it was, now or when an earlier call of this backfill began."""
        return self.plan.request.repause and (self.plan.dag.paused or bool(self.mark and self.mark.exists()))

    def unpause(self) -> None:
        """Raises Unavailable."""
        if self.mark and self.plan.request.repause:
            self.mark.touch(mode=0o600)
        elif self.mark:
            self.mark.unlink(missing_ok=True)
        self.api.set_paused(self.plan.dag.dag_id, False)

    def pause(self) -> None:
        """Raises Unavailable."""
        self.api.set_paused(self.plan.dag.dag_id, True)
        if self.mark:
            self.mark.unlink(missing_ok=True)
