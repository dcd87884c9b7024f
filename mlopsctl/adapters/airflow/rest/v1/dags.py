"""DAGs and their files."""

from dataclasses import replace
from typing import Any

from mlopsctl.adapters.airflow.rest.common.dags import CommonDagCalls
from mlopsctl.adapters.airflow.rest.v1 import records
from mlopsctl.core.model import DagDetails, ImportErrorReport


class DagCalls(CommonDagCalls):
    dags_folder: str

    def read_dag(self, raw: dict[str, Any]) -> DagDetails:
        return records.dag(raw, self.dags_folder)

    def details(self, dag_id: str) -> dict[str, Any]:
        """Those of 2.7 do not have all that a list of DAGs has."""
        found = super().details(dag_id)
        if "has_import_errors" in found:
            return found
        return dict(self.http.get(self.routes.dag(dag_id))) | found

    def import_errors(self) -> list[ImportErrorReport]:
        found = super().import_errors()
        return [replace(report, file=records.relative(report.file, self.dags_folder)) for report in found]
