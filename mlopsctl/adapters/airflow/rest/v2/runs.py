"""DAG runs."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.adapters.airflow.rest.common import records
from mlopsctl.adapters.airflow.rest.common.runs import CommonRunCalls
from mlopsctl.adapters.airflow.rest.http import BULK_TIMEOUT
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagRun, Interval
from mlopsctl.core.states import ACTIVE_RUN_STATES, RunState


class RunCalls(CommonRunCalls):
    def active_run(self, dag_id: str, run_id_prefix: str) -> DagRun | None:
        params = {
            "run_id_prefix_pattern": run_id_prefix,
            "state": list(ACTIVE_RUN_STATES),
            "order_by": "-id",
            "limit": 1,
        }
        found = self.http.get(self.routes.runs(dag_id), params)["dag_runs"]
        return records.run(found[0]) if found else None

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
            return records.run(self.http.send("POST", self.routes.runs(dag_id), body))
        except RequestRejected as e:
            if e.status != 409:
                raise
        return None

    def clear_runs(self, dag_id: str, run_ids: Iterable[str], *, note: str = "") -> None:
        runs = [{"dag_run_id": run_id} for run_id in run_ids]
        body = {"dry_run": False, "dag_runs": runs, "run_on_latest_version": True} | ({"note": note} if note else {})
        self.http.send("POST", f"{self.routes.dag(dag_id)}/clearDagRuns", body, timeout=BULK_TIMEOUT)

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
        answer = self.http.send("PATCH", self.routes.runs(dag_id), {"actions": actions}, timeout=BULK_TIMEOUT)
        errors = answer[action]["errors"]
        return str(errors[0]["error"]) if errors else ""
