"""Assets and their updates."""

from datetime import datetime

from mlopsctl.adapters.airflow.rest.common.records import asset_event, consumers
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.model import AssetConsumer, AssetEvent

ASSETS = "/api/v2/assets"


class AssetCalls:
    http: AirflowHttp

    def asset_consumers(self, dag_id: str) -> list[AssetConsumer]:
        listed = self.http.pages(ASSETS, "assets", {"dag_ids": [dag_id]})
        # Airflow 3.0 calls them as API v1 does.
        return [
            found
            for raw in listed
            for found in consumers(raw, dag_id, raw["name"], raw.get("scheduled_dags", raw.get("consuming_dags")))
        ]

    def asset_events(self, dag_id: str, since: datetime) -> list[AssetEvent]:
        params = {"source_dag_id": dag_id, "timestamp_gte": since.isoformat(), "order_by": "timestamp"}
        return [asset_event(raw, raw["name"]) for raw in self.http.pages(f"{ASSETS}/events", "asset_events", params)]
