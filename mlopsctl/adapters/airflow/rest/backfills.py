"""Airflow's own backfills, and the ending of runs, through Airflow's REST API."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from mlopsctl.adapters.airflow.rest import records
from mlopsctl.adapters.airflow.rest import routes as paths
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import NativeBackfill
from mlopsctl.core.states import Reprocess


class BackfillCalls:
    """The part of AirflowApi that makes, holds and ends what runs over a range."""

    http: AirflowHttp

    def active_backfill(self, dag_id: str) -> NativeBackfill | None:
        """The one that Airflow has not closed: it allows one per DAG."""
        params = {"dag_id": dag_id, "order_by": "-id", "limit": 5}
        listed = self.http.get(f"{paths.ROOT}/backfills", params)["backfills"]
        return next((b for b in map(records.backfill, listed) if b.active), None)

    def backfill(self, id_: int) -> NativeBackfill:
        return records.backfill(self.http.get(f"{paths.ROOT}/backfills/{id_}"))

    def create_backfill(self, dag_id: str, start: datetime, end: datetime, **options: Any) -> NativeBackfill:
        """`options` as of `_backfill`. Raises Refused: 409 one is active already, 422 it cannot be."""
        # One transaction makes all runs of the range, ten years of them in one request.
        raw = self.http.send("POST", f"{paths.ROOT}/backfills", _backfill(dag_id, start, end, **options), timeout=900)
        return records.backfill(raw)

    def dry_run_backfill(self, dag_id: str, start: datetime, end: datetime, **options: Any) -> list[datetime]:
        """The logical dates that such a backfill would run; those queued or running now are not among them."""
        body = _backfill(dag_id, start, end, **options)
        listed = self.http.send("POST", f"{paths.ROOT}/backfills/dry_run", body, timeout=120)["backfills"]
        instants = [records.instant(raw["logical_date"]) for raw in listed]
        if None in instants:
            raise MlopsctlError(
                f"{dag_id} runs by partition, not by date: it has no date to backfill.",
                hint=Hint.of("trigger", dag_id),
                code="partitioned",
            )
        return [at for at in instants if at]

    def pause_backfill(self, id_: int) -> None:
        """None of its queued runs starts; the running ones go on. Raises Refused: 409 it has ended."""
        self.http.send("PUT", f"{paths.ROOT}/backfills/{id_}/pause")

    def unpause_backfill(self, id_: int) -> None:
        """Raises Refused: 409 it has ended."""
        self.http.send("PUT", f"{paths.ROOT}/backfills/{id_}/unpause")

    def cancel_backfill(self, id_: int) -> None:
        """Its queued runs fail, the running ones go on. Raises Refused: 409 it has ended."""
        self.http.send("PUT", f"{paths.ROOT}/backfills/{id_}/cancel", timeout=120)

    def fail_runs(self, dag_id: str, run_ids: Iterable[str], note: str = "") -> None:
        """End runs, with what runs in them, as failed; those that are gone are left out. `note`: put on each.

        A task at work is ended at its next heartbeat, within 5 s (seen); one that clears up still does so, and its run
        has ended when it has. One that is a success by then is failed too: Airflow does not look at what it is. Raises
        MlopsctlError for one that Airflow does not end.
        """
        self._end_runs(dag_id, run_ids, {"state": "failed"} | ({"note": note} if note else {}))

    def pass_runs(self, dag_id: str, run_ids: Iterable[str]) -> None:
        """Make runs a success in which nothing is left to run. Raises as fail_runs()."""
        self._end_runs(dag_id, run_ids, {"state": "success"})

    def _end_runs(self, dag_id: str, run_ids: Iterable[str], change: Mapping[str, str]) -> None:
        entities = [{"dag_run_id": run_id, **change} for run_id in run_ids]
        action = {"action": "update", "action_on_non_existence": "skip", "entities": entities}
        answer = self.http.send("PATCH", paths.runs(dag_id), {"actions": [action]}, timeout=120)
        if errors := answer["update"]["errors"]:
            raise MlopsctlError(
                f"Airflow does not end a run: {errors[0]['error']}.",
                hint=Hint.of("runs", dag_id, note="their states; then say the same command again"),
                code="refused",
            )

    def was_cancelled(self, dag_id: str, note: str, start: datetime, end: datetime, *, since: datetime) -> bool:
        """Whether `note` stands on the run that failed last, of those with logical dates from `start` to `end`, both
        inclusive, that have failed `since` then: `backfills cancel` leaves it there."""
        params = paths.between(start, end, ["failed"]) | {"end_date_gte": since.isoformat()}
        params |= {"order_by": "-end_date", "limit": 1}
        return any(run["note"] == note for run in self.http.get(paths.runs(dag_id), params)["dag_runs"])


def _backfill(
    dag_id: str,
    start: datetime,
    end: datetime,
    *,
    reprocess: Reprocess = Reprocess.COMPLETED,
    reverse: bool = False,
    max_active: int = 16,
    conf: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The body of a backfill from `start` to `end`, both inclusive. Airflow's own default of `max_active` is 10."""
    return {
        "dag_id": dag_id,
        "from_date": start.isoformat(),
        "to_date": end.isoformat(),
        "reprocess_behavior": reprocess,
        "run_backwards": reverse,
        "max_active_runs": max_active,
        "dag_run_conf": dict(conf) if conf is not None else None,
    }
