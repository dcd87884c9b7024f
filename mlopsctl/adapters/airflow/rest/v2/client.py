"""Airflow's API v2 as an AirflowApi. What the methods do is described in `adapters/airflow/interface.py`."""

from collections.abc import Callable

from mlopsctl.adapters.airflow.capabilities import Capabilities
from mlopsctl.adapters.airflow.rest.common.health import HealthCalls
from mlopsctl.adapters.airflow.rest.common.routes import V2
from mlopsctl.adapters.airflow.rest.common.users import UserCalls
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.adapters.airflow.rest.server import ServerCapabilities
from mlopsctl.adapters.airflow.rest.v2.assets import AssetCalls
from mlopsctl.adapters.airflow.rest.v2.backfills import BackfillCalls
from mlopsctl.adapters.airflow.rest.v2.dags import DagCalls
from mlopsctl.adapters.airflow.rest.v2.entries import EntryCalls
from mlopsctl.adapters.airflow.rest.v2.runs import RunCalls
from mlopsctl.adapters.airflow.rest.v2.tasks import TaskCalls
from mlopsctl.core.model import DagDetails


class AirflowApiV2(DagCalls, RunCalls, TaskCalls, BackfillCalls, AssetCalls, EntryCalls, UserCalls, HealthCalls):
    """The REST API of Airflow 3."""

    def __init__(
        self,
        http: AirflowHttp,
        server: ServerCapabilities,
        *,
        timezone_of: Callable[[DagDetails], str | None] = lambda dag: None,
    ) -> None:
        """`timezone_of`: a DAG's own time zone, which the API does not show; None: use the API's."""
        self.http, self.routes = http, V2
        self._server = server
        self.timezone_of = timezone_of

    @property
    def capabilities(self) -> Capabilities:
        return self._server.value

    @property
    def users_http(self) -> AirflowHttp:
        return self.http if self.capabilities.users_with_token else self.http.with_basic_auth
