"""Airflow's own backfills."""

from datetime import datetime
from typing import Any, Unpack

from mlopsctl.adapters.airflow.interface import BackfillOptions
from mlopsctl.adapters.airflow.rest.common.records import instant
from mlopsctl.adapters.airflow.rest.http import BULK_TIMEOUT, AirflowHttp
from mlopsctl.adapters.airflow.rest.v2 import records
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import NativeBackfill
from mlopsctl.core.states import Reprocess

BACKFILLS = "/api/v2/backfills"
DEFAULT_MAX_ACTIVE = 16  # runs at a time; Airflow's own default is 10
CREATE_TIMEOUT = 900  # seconds: one transaction creates all runs of the range, even of ten years


class BackfillCalls:
    http: AirflowHttp

    def active_backfill(self, dag_id: str) -> NativeBackfill | None:
        params = {"dag_id": dag_id, "order_by": "-id", "limit": 5}
        listed = self.http.get(BACKFILLS, params)["backfills"]
        return next((found for found in map(records.backfill, listed) if found.active), None)

    def list_backfills(self, dag_id: str) -> list[NativeBackfill]:
        listed = self.http.pages(BACKFILLS, "backfills", {"dag_id": dag_id, "order_by": "-id"})
        return [records.backfill(raw) for raw in listed]

    def backfill(self, id_: int) -> NativeBackfill:
        return records.backfill(self.http.get(f"{BACKFILLS}/{id_}"))

    def create_backfill(
        self, dag_id: str, start: datetime, end: datetime, **options: Unpack[BackfillOptions]
    ) -> NativeBackfill:
        body = _body(dag_id, start, end, options)
        return records.backfill(self.http.send("POST", BACKFILLS, body, timeout=CREATE_TIMEOUT))

    def dry_run_backfill(
        self, dag_id: str, start: datetime, end: datetime, **options: Unpack[BackfillOptions]
    ) -> list[datetime]:
        body = _body(dag_id, start, end, options)
        listed = self.http.send("POST", f"{BACKFILLS}/dry_run", body, timeout=BULK_TIMEOUT)["backfills"]
        instants = [instant(raw["logical_date"]) for raw in listed]
        if None in instants:
            raise MlopsctlError(
                f"{dag_id} runs by partition, not by date, so it cannot be backfilled.",
                hint=Hint.of("trigger", dag_id),
                code="partitioned",
            )
        return [at for at in instants if at]

    def pause_backfill(self, id_: int) -> None:
        self.http.send("PUT", f"{BACKFILLS}/{id_}/pause")

    def unpause_backfill(self, id_: int) -> None:
        self.http.send("PUT", f"{BACKFILLS}/{id_}/unpause")

    def cancel_backfill(self, id_: int) -> None:
        self.http.send("PUT", f"{BACKFILLS}/{id_}/cancel", timeout=BULK_TIMEOUT)


def _body(dag_id: str, start: datetime, end: datetime, options: BackfillOptions) -> dict[str, Any]:
    conf = options.get("conf")
    body = {
        "dag_id": dag_id,
        "from_date": start.isoformat(),
        "to_date": end.isoformat(),
        "reprocess_behavior": options.get("reprocess", Reprocess.COMPLETED),
        "run_backwards": options.get("reverse", False),
        "max_active_runs": options.get("max_active", DEFAULT_MAX_ACTIVE),
    }
    # Not null: Airflow 3.0 and 3.1 reject it.
    return body if conf is None else body | {"dag_run_conf": dict(conf)}
