"""Airflow's API v2 as an AirflowApi. What the methods do is described in `adapters/airflow/interface.py`."""

from collections.abc import Callable

from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.adapters.airflow.rest.v2 import records, routes
from mlopsctl.adapters.airflow.rest.v2.backfills import BackfillCalls
from mlopsctl.adapters.airflow.rest.v2.dags import DagCalls
from mlopsctl.adapters.airflow.rest.v2.entries import EntryCalls
from mlopsctl.adapters.airflow.rest.v2.runs import RunCalls
from mlopsctl.adapters.airflow.rest.v2.tasks import TaskCalls
from mlopsctl.adapters.airflow.rest.v2.users import UserCalls
from mlopsctl.core.model import ComponentHealth
from mlopsctl.core.states import Health


class AirflowApiV2(DagCalls, RunCalls, TaskCalls, BackfillCalls, EntryCalls, UserCalls):
    """The REST API of Airflow 3."""

    def __init__(self, http: AirflowHttp, *, timezone_of: Callable[[str], str | None] = lambda dag_id: None) -> None:
        """`timezone_of`: a DAG's own time zone, which the API does not show; None: use the API's."""
        self.http = http
        self.timezone_of = timezone_of

    def components(self, timeout: float = 30) -> dict[str, ComponentHealth]:
        answer = self.http.send("GET", routes.HEALTH, login=False, timeout=timeout)
        return {name: records.component(name, raw) for name, raw in answer.items()}

    def health(self) -> dict[str, Health]:
        return {name: found.status for name, found in self.components().items() if found.status}

    def heartbeats(self) -> dict[str, float]:
        found = self.components().items()
        return {name: component.heartbeat.timestamp() for name, component in found if component.heartbeat}
