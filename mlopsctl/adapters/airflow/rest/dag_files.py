"""The files that Airflow reads DAGs from, through its REST API."""

from urllib.parse import quote

from mlopsctl.adapters.airflow.rest import records
from mlopsctl.adapters.airflow.rest import routes as paths
from mlopsctl.adapters.airflow.rest.http import AirflowHttp, Refused
from mlopsctl.core.model import ImportErrorReport

ERRORS = f"{paths.ROOT}/importErrors"
ASKED = 409  # the file was asked for already


class FileCalls:
    """The part of AirflowApi that is about DAG files."""

    http: AirflowHttp

    def import_errors(self) -> list[ImportErrorReport]:
        listed = self.http.pages(ERRORS, "import_errors", {"order_by": "filename"})
        return [records.import_error(raw) for raw in listed]

    def count_import_errors(self) -> int:
        return self.http.count(ERRORS)

    def read_again(self, token: str) -> None:
        """Ask for a DAG file, by the token of one of its DAGs, to be read before all others."""
        try:
            self.http.send("PUT", f"{paths.ROOT}/parseDagFile/{quote(token, safe='')}")
        except Refused as e:
            if e.status != ASKED:
                raise
