"""DAG runs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.adapters.airflow.rest.http import BULK_TIMEOUT, AirflowHttp
from mlopsctl.adapters.airflow.rest.v2 import records, routes
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagRun, Interval, LastRun
from mlopsctl.core.states import ACTIVE_RUN_STATES, RunState


class RunCalls:
    http: AirflowHttp

    def runs(
        self, dag_id: str, start: datetime | None = None, end: datetime | None = None, states: Sequence[str] = ()
    ) -> list[DagRun]:
        params = routes.between(start, end, states) | {"order_by": "logical_date"}
        return [records.run(raw) for raw in self.http.pages(routes.runs(dag_id), "dag_runs", params)]

    def runs_page(
        self, dag_id: str, start: datetime, end: datetime, states: Sequence[str], limit: int
    ) -> tuple[list[DagRun], int]:
        page = self.http.get(routes.runs(dag_id), routes.between(start, end, states) | {"limit": limit})
        return [records.run(raw) for raw in page["dag_runs"]], int(page["total_entries"])

    def latest_runs(self, dag_id: str, number: int) -> list[DagRun]:
        params = {"order_by": "-logical_date", "limit": number}
        return [records.run(raw) for raw in reversed(self.http.get(routes.runs(dag_id), params)["dag_runs"])]

    def recent_runs(self, number: int = 5) -> list[LastRun]:
        listed = self.http.get(routes.runs(routes.ALL), {"order_by": "-id", "limit": number})["dag_runs"]
        return [records.last_run(raw) for raw in listed]

    def active_run(self, dag_id: str, run_id_prefix: str) -> DagRun | None:
        params = {
            "run_id_prefix_pattern": run_id_prefix,
            "state": list(ACTIVE_RUN_STATES),
            "order_by": "-id",
            "limit": 1,
        }
        found = self.http.get(routes.runs(dag_id), params)["dag_runs"]
        return records.run(found[0]) if found else None

    def count_runs(self, dag_id: str, start: datetime, end: datetime, states: Sequence[str]) -> int:
        return self.http.count(routes.runs(dag_id), routes.between(start, end, states))

    def count_runs_in_state(self, state: RunState, dag_id: str = "") -> int:
        return self.http.count(routes.runs(dag_id or routes.ALL), {"state": [state]})

    def run(self, dag_id: str, run_id: str) -> DagRun:
        return records.run(self.http.get(routes.run(dag_id, run_id)))

    def run_conf(self, dag_id: str, run_id: str) -> dict[str, Any]:
        return dict(self.http.get(routes.run(dag_id, run_id))["conf"] or {})

    def create_run(
        self,
        dag_id: str,
        logical_date: datetime,
        *,
        run_id: str,
        conf: Mapping[str, Any] | None = None,
        run_after: datetime | None = None,
        interval: Interval | None = None,
    ) -> DagRun | None:
        body: dict[str, Any] = {
            "dag_run_id": run_id,
            "logical_date": logical_date.isoformat(),
            "conf": dict(conf or {}),
        }
        if run_after:
            body["run_after"] = run_after.isoformat()
        if interval:
            body["data_interval_start"], body["data_interval_end"] = (at.isoformat() for at in interval)
        try:
            return records.run(self.http.send("POST", routes.runs(dag_id), body))
        except RequestRejected as e:
            if e.status != 409:
                raise
        return None

    def clear_runs(self, dag_id: str, run_ids: Iterable[str], *, note: str = "") -> None:
        runs = [{"dag_run_id": run_id} for run_id in run_ids]
        body = {"dry_run": False, "dag_runs": runs, "run_on_latest_version": True} | ({"note": note} if note else {})
        self.http.send("POST", f"{routes.dag(dag_id)}/clearDagRuns", body, timeout=BULK_TIMEOUT)

    def delete_runs(self, dag_id: str, run_ids: Iterable[str]) -> None:
        if error := self._bulk_runs(dag_id, "delete", list(run_ids)):
            hint = Hint.of("runs", dag_id, note="a running one has to end first")
            raise MlopsctlError(f"Airflow did not delete a run: {error}.", hint=hint, code="refused")

    def mark_runs_failed(self, dag_id: str, run_ids: Iterable[str], note: str = "") -> None:
        self._end_runs(dag_id, run_ids, {"state": RunState.FAILED} | ({"note": note} if note else {}))

    def mark_runs_success(self, dag_id: str, run_ids: Iterable[str]) -> None:
        self._end_runs(dag_id, run_ids, {"state": RunState.SUCCESS})

    def _end_runs(self, dag_id: str, run_ids: Iterable[str], change: Mapping[str, str]) -> None:
        if error := self._bulk_runs(dag_id, "update", [{"dag_run_id": run_id, **change} for run_id in run_ids]):
            hint = Hint.of("runs", dag_id, note="shows the states; then run the same command again")
            raise MlopsctlError(f"Airflow did not end a run: {error}.", hint=hint, code="refused")

    def _bulk_runs(self, dag_id: str, action: str, entities: list[Any]) -> str:
        """One transaction; its first error, or empty."""
        actions = [{"action": action, "action_on_non_existence": "skip", "entities": entities}]
        answer = self.http.send("PATCH", routes.runs(dag_id), {"actions": actions}, timeout=BULK_TIMEOUT)
        errors = answer[action]["errors"]
        return str(errors[0]["error"]) if errors else ""

    def was_cancelled(self, dag_id: str, note: str, start: datetime, end: datetime, *, since: datetime) -> bool:
        # Runs that a cancelled native backfill failed have no end date. They match every lower bound, and PostgreSQL
        # sorts them first. An upper bound that is not in the future excludes them.
        bounds = {"end_date_gte": since.isoformat(), "end_date_lte": datetime.now(UTC).isoformat()}
        params = routes.between(start, end, [RunState.FAILED]) | bounds | {"order_by": "-end_date", "limit": 1}
        return any(run["note"] == note for run in self.http.get(routes.runs(dag_id), params)["dag_runs"])
