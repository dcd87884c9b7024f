"""Runs of Airflow 2 with the data interval of their schedule, made by `airflow_scripts/dag_runs.py`.

Its API gives a run the interval before its logical date, where the schedule has the one after it; up to 2.8 it accepts
no other (2.7.2, 2.11.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.adapters.airflow.programs import AirflowPrograms
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Interval

SCRIPT = "dag_runs"
CHECK_CONF = "check --conf, and the params of the DAG"


@dataclass(frozen=True)
class DagRunScript:
    """Raises Unavailable if the database does not answer, MlopsctlError if Airflow rejects a request."""

    airflow: AirflowPrograms

    def start(self) -> None:
        """It is going to be needed: starting it takes seconds."""
        self.airflow.start_conversation(SCRIPT)

    def slots(self, dag_id: str, start: datetime, end: datetime, limit: int) -> dict[datetime, Interval]:
        """The dates of a DAG's schedule from `start` to `end`, both inclusive, whose data intervals have ended: the
        earliest `limit` and one."""
        request = {"dag_id": dag_id, "start": start.isoformat(), "end": end.isoformat(), "limit": limit + 1}
        found = self._ask({"slots": request})["slots"]
        return {at: (first, last) for at, first, last in (map(datetime.fromisoformat, slot) for slot in found)}

    def create(
        self, dag_id: str, run_id: str, logical_date: datetime, interval: Interval, conf: Mapping[str, Any] | None
    ) -> bool:
        """A queued run; False if that id or logical date already has one."""
        request = {
            "dag_id": dag_id,
            "run_id": run_id,
            "logical_date": logical_date.isoformat(),
            "interval": [at.isoformat() for at in interval],
            "conf": dict(conf or {}),
        }
        return bool(self._ask({"create": request})["created"])

    def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.airflow.converse(SCRIPT, request)
        if reason := answer.get("unavailable"):
            raise Unavailable(f"Airflow's metadata database does not answer: {reason}", hint=Hint.of("start"))
        if dag_id := answer.get("unserialized"):
            raise MlopsctlError(f"Airflow has not serialized {dag_id} yet.", hint=Hint.of("dags", "errors"))
        if reason := answer.get("rejected"):
            raise RequestRejected(400, reason, hint=CHECK_CONF)
        return answer
