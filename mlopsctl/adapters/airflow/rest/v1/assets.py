"""Datasets and their updates."""

from datetime import datetime

from mlopsctl.adapters.airflow.rest.common.records import asset_event, consumers, instant
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.model import AssetConsumer, AssetEvent

DATASETS = "/api/v1/datasets"
RECENT = 1000  # updates


class AssetCalls:
    http: AirflowHttp

    def asset_consumers(self, dag_id: str) -> list[AssetConsumer]:
        """Of all datasets: 2.7 and 2.8 have no filter for a DAG."""
        listed = self.http.pages(DATASETS, "datasets")
        return [found for raw in listed for found in consumers(raw, dag_id, raw["uri"], raw["consuming_dags"])]

    def asset_events(self, dag_id: str, since: datetime) -> list[AssetEvent]:
        """The API has no filter for time."""
        params = {"source_dag_id": dag_id, "order_by": "-timestamp"}
        listed = self.http.pages(f"{DATASETS}/events", "dataset_events", params, RECENT)
        recent = [raw for raw in listed if (at := instant(raw["timestamp"])) and at >= since]
        return [asset_event(raw, raw["dataset_uri"]) for raw in reversed(recent)]
