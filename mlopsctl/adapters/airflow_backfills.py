"""Holding and ending backfills and their runs, through Airflow's REST API."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from mlopsctl.adapters.airflow_http import AirflowHttp
from mlopsctl.errors import MlopsctlError

ROOT = "/api/v2"


class BackfillCalls:
    """The part of AirflowApi that holds and ends what is under way."""

    http: AirflowHttp

    def pause_backfill(self, id_: int) -> None:
        """None of its queued runs starts; the running ones go on. Raises Refused: 409 it has ended."""
        self.http.send("PUT", f"{ROOT}/backfills/{id_}/pause")

    def unpause_backfill(self, id_: int) -> None:
        """Raises Refused: 409 it has ended."""
        self.http.send("PUT", f"{ROOT}/backfills/{id_}/unpause")

    def cancel_backfill(self, id_: int) -> None:
        """Its queued runs fail, the running ones go on. Raises Refused: 409 it has ended."""
        self.http.send("PUT", f"{ROOT}/backfills/{id_}/cancel", timeout=120)

    def fail_runs(self, dag_id: str, run_ids: Iterable[str], note: str = "") -> None:
        """End runs, with what runs in them, as failed; those that are gone are left out. `note`: put on each.

        A task at work is ended at its next heartbeat, within 5 s (seen); one that clears up still does so, and its run
        has ended when it has. Raises MlopsctlError for one that Airflow does not end.
        """
        change = {"state": "failed"} | ({"note": note} if note else {})
        entities = [{"dag_run_id": run_id} | change for run_id in run_ids]
        action = {"action": "update", "action_on_non_existence": "skip", "entities": entities}
        answer = self.http.send("PATCH", _runs(dag_id), {"actions": [action]}, timeout=120)
        if errors := answer["update"]["errors"]:
            raise MlopsctlError(
                f"Airflow does not end a run: {errors[0]['error']}.",
                hint=f"mlopsctl runs {dag_id} tells their states; then say the same command again",
                code="refused",
            )

    def was_cancelled(self, dag_id: str, note: str, start: datetime, end: datetime) -> bool:
        """Whether `note` stands on the run that failed last, of those with logical dates from `start` to `end`, both
        inclusive: `backfills cancel` leaves it there."""
        params: dict[str, Any] = {
            "state": ["failed"],
            "logical_date_gte": start.isoformat(),
            "logical_date_lte": end.isoformat(),
            "order_by": "-end_date",
            "limit": 1,
        }
        return any(run["note"] == note for run in self.http.get(_runs(dag_id), params)["dag_runs"])


def _runs(dag_id: str) -> str:
    return f"{ROOT}/dags/{quote(dag_id, safe='')}/dagRuns"
