"""DAG runs. Airflow 2 changes them one at a time, and notes of runs by a request of their own."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from mlopsctl.adapters.airflow.rest.common import records
from mlopsctl.adapters.airflow.rest.common.runs import CommonRunCalls
from mlopsctl.adapters.airflow.rest.common.single_runs import SingleRunCalls
from mlopsctl.adapters.airflow.rest.http import BULK_TIMEOUT
from mlopsctl.adapters.airflow.run_owner import owner
from mlopsctl.core.model import DagRun, Interval
from mlopsctl.core.states import ACTIVE_RUN_STATES, RunState


class RunCreator(Protocol):
    """What creates runs with a data interval, which the API of 2.7 and 2.8 cannot do."""

    def create(
        self, dag_id: str, run_id: str, logical_date: datetime, interval: Interval, conf: Mapping[str, Any] | None
    ) -> bool:
        """A queued run; False if that id or logical date already has one."""


class RunCalls(CommonRunCalls, SingleRunCalls):
    """`run_creator`: None: the API creates all runs."""

    run_creator: RunCreator | None

    def active_run(self, dag_id: str, run_id_prefix: str) -> DagRun | None:
        params = {"state": list(ACTIVE_RUN_STATES), "order_by": "-id"}
        listed = self.http.pages(self.routes.runs(dag_id), "dag_runs", params)
        return next((records.run(raw) for raw in listed if raw["dag_run_id"].startswith(run_id_prefix)), None)

    @property
    def sets_intervals(self) -> bool:
        return bool(self.run_creator) or self.capabilities.interval_in_post

    def create_run(
        self,
        dag_id: str,
        logical_date: datetime,
        *,
        run_id: str,
        conf: Mapping[str, Any] | None = None,
        run_after: datetime | None = None,  # API v1 has no such field: the earliest logical date starts first
        interval: Interval | None = None,
    ) -> DagRun | None:
        if self.run_creator and interval:
            if not self.run_creator.create(dag_id, run_id, logical_date, interval, conf):
                return None
            return DagRun(run_id, logical_date, RunState.QUEUED, interval=interval, owner=owner(run_id, None))
        body: dict[str, Any] = {
            "dag_run_id": run_id,
            "execution_date": logical_date.isoformat(),
            "conf": dict(conf or {}),
        }
        if interval and self.capabilities.interval_in_post:
            body["data_interval_start"], body["data_interval_end"] = (at.isoformat() for at in interval)
        return self._create(dag_id, body)

    def clear_runs(self, dag_id: str, run_ids: Iterable[str], *, note: str = "") -> None:
        self._clear_each(dag_id, run_ids, note)

    def delete_runs(self, dag_id: str, run_ids: Iterable[str]) -> None:
        self._delete_each(dag_id, run_ids)

    def mark_runs_failed(self, dag_id: str, run_ids: Iterable[str], note: str = "") -> None:
        self._end_each(dag_id, run_ids, RunState.FAILED, note)

    def mark_runs_success(self, dag_id: str, run_ids: Iterable[str]) -> None:
        self._end_each(dag_id, run_ids, RunState.SUCCESS, "")

    def _end_run(self, path: str, state: RunState, note: str) -> None:
        if note:  # first: `was_cancelled` looks for a failed run that has it
            self._set_note(path, note)
        self.http.send("PATCH", path, {"state": state}, timeout=BULK_TIMEOUT)

    def _set_note(self, path: str, note: str) -> None:
        self.http.send("PATCH", f"{path}/setNote", {"note": note})
