"""DAG runs."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from mlopsctl.adapters.airflow.rest.common import records
from mlopsctl.adapters.airflow.rest.common.runs import CommonRunCalls
from mlopsctl.adapters.airflow.rest.common.single_runs import SingleRunCalls, not_changed, not_deleted
from mlopsctl.adapters.airflow.rest.http import BULK_TIMEOUT
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import DagRun, Interval
from mlopsctl.core.states import ACTIVE_RUN_STATES, RunState


class RunCalls(CommonRunCalls, SingleRunCalls):
    """Many runs at once where the release can do that, otherwise one by one."""

    def active_run(self, dag_id: str, run_id_prefix: str) -> DagRun | None:
        params: dict[str, Any] = {"state": list(ACTIVE_RUN_STATES), "order_by": "-id"}
        if self.capabilities.run_prefix_filter:
            params |= {"run_id_prefix_pattern": run_id_prefix, "limit": 1}
            found = self.http.get(self.routes.runs(dag_id), params)["dag_runs"]
        else:
            found = self.http.pages(self.routes.runs(dag_id), "dag_runs", params)
        return next((records.run(raw) for raw in found if raw["dag_run_id"].startswith(run_id_prefix)), None)

    @property
    def sets_intervals(self) -> bool:
        return self.capabilities.interval_in_post

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
        return self._create(dag_id, body)

    def clear_runs(self, dag_id: str, run_ids: Iterable[str], *, note: str = "") -> None:
        if not self.capabilities.clear_runs:
            self._clear_each(dag_id, run_ids, note)
            return
        runs = [{"dag_run_id": run_id} for run_id in run_ids]
        body = {"dry_run": False, "dag_runs": runs, "run_on_latest_version": True} | ({"note": note} if note else {})
        self.http.send("POST", f"{self.routes.dag(dag_id)}/clearDagRuns", body, timeout=BULK_TIMEOUT)

    def delete_runs(self, dag_id: str, run_ids: Iterable[str]) -> None:
        if not self.capabilities.bulk_runs:
            self._delete_each(dag_id, run_ids)
        elif error := self._bulk_runs(dag_id, "delete", list(run_ids)):
            raise MlopsctlError(f"Airflow did not delete a run: {error}.", hint=not_deleted(dag_id), code="refused")

    def mark_runs_failed(self, dag_id: str, run_ids: Iterable[str], note: str = "") -> None:
        self._end_runs(dag_id, run_ids, RunState.FAILED, note)

    def mark_runs_success(self, dag_id: str, run_ids: Iterable[str]) -> None:
        self._end_runs(dag_id, run_ids, RunState.SUCCESS, "")

    def _end_runs(self, dag_id: str, run_ids: Iterable[str], state: RunState, note: str) -> None:
        if not self.capabilities.bulk_runs:
            self._end_each(dag_id, run_ids, state, note)
            return
        change = {"state": state} | ({"note": note} if note else {})
        if error := self._bulk_runs(dag_id, "update", [{"dag_run_id": run_id, **change} for run_id in run_ids]):
            raise MlopsctlError(f"Airflow did not end a run: {error}.", hint=not_changed(dag_id), code="refused")

    def _bulk_runs(self, dag_id: str, action: str, entities: list[Any]) -> str:
        """One transaction; its first error, or empty."""
        actions = [{"action": action, "action_on_non_existence": "skip", "entities": entities}]
        answer = self.http.send("PATCH", self.routes.runs(dag_id), {"actions": actions}, timeout=BULK_TIMEOUT)
        errors = answer[action]["errors"]
        return str(errors[0]["error"]) if errors else ""
