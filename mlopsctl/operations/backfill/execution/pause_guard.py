"""Pauses a DAG again that a backfill has unpaused, even if the mlopsctl that did so was stopped or killed."""

from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.paths import Home
from mlopsctl.operations.backfill.plan import BackfillPlan


def marker(home: Home, dag_id: str) -> Path:
    """The file that exists as long as the DAG is to be paused again."""
    return home.run / f"repause-{dag_id}"


@dataclass(frozen=True)
class PauseGuard:
    """`marker`: None if nothing is to be remembered beyond this call."""

    plan: BackfillPlan
    api: AirflowApi
    marker: Path | None = None

    @property
    def repause_due(self) -> bool:
        """Whether the DAG is to be paused at the end: it was, now or when an earlier call of this backfill started."""
        was_paused = self.plan.dag.paused or bool(self.marker and self.marker.exists())
        return self.plan.request.repause and was_paused

    def unpause(self) -> None:
        """If the DAG is paused and the user wants it unpaused. Raises Unavailable."""
        if not (self.plan.dag.paused and self.plan.request.unpause and self.plan.has_pending):
            return
        if self.marker and self.plan.request.repause:
            self.marker.touch(mode=0o600)
        elif self.marker:
            self.marker.unlink(missing_ok=True)
        self.api.set_paused(self.plan.dag.dag_id, False)

    def repause(self) -> None:
        """Raises Unavailable."""
        self.api.set_paused(self.plan.dag.dag_id, True)
        if self.marker:
            self.marker.unlink(missing_ok=True)
