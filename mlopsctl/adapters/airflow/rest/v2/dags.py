"""DAGs and their files."""

from typing import Any

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.adapters.airflow.rest.common.dags import CommonDagCalls
from mlopsctl.adapters.airflow.rest.v2 import records
from mlopsctl.core.model import DagDetails


class DagCalls(CommonDagCalls):
    def read_dag(self, raw: dict[str, Any]) -> DagDetails:
        return records.dag(raw)

    def reparse_file(self, token: str) -> None:
        try:
            self.http.send("PUT", self.routes.dag_file(token))
        except RequestRejected as e:
            if e.status != 409:  # it has been requested already
                raise
