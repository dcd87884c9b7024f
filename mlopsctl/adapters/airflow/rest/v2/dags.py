"""DAGs and their files."""

from typing import Any

from mlopsctl.adapters.airflow.rest.common.dags import CommonDagCalls
from mlopsctl.adapters.airflow.rest.v2 import records
from mlopsctl.core.model import DagDetails


class DagCalls(CommonDagCalls):
    def read_dag(self, raw: dict[str, Any]) -> DagDetails:
        return records.dag(raw)
