"""Airflow's API v1 as an AirflowApi. What the methods do is described in `adapters/airflow/interface.py`."""

from collections.abc import Callable

from mlopsctl.adapters.airflow.capabilities import Capabilities
from mlopsctl.adapters.airflow.rest.common.routes import V1
from mlopsctl.adapters.airflow.rest.common.users import UserCalls
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.adapters.airflow.rest.server import ServerCapabilities
from mlopsctl.adapters.airflow.rest.v1.assets import AssetCalls
from mlopsctl.adapters.airflow.rest.v1.backfills import BackfillCalls
from mlopsctl.adapters.airflow.rest.v1.dags import DagCalls
from mlopsctl.adapters.airflow.rest.v1.entries import EntryCalls
from mlopsctl.adapters.airflow.rest.v1.health import HealthCalls
from mlopsctl.adapters.airflow.rest.v1.runs import RunCalls, RunCreator
from mlopsctl.adapters.airflow.rest.v1.tasks import TaskCalls
from mlopsctl.core.model import DagDetails


class AirflowApiV1(DagCalls, RunCalls, TaskCalls, BackfillCalls, AssetCalls, EntryCalls, UserCalls, HealthCalls):
    """The REST API of Airflow 2."""

    def __init__(
        self,
        http: AirflowHttp,
        server: ServerCapabilities,
        *,
        run_creator: RunCreator | None = None,
        dags_folder: str = "",
        timezone_of: Callable[[DagDetails], str | None] = lambda dag: None,
    ) -> None:
        """`run_creator`: on the machine of that Airflow. `dags_folder`: as Airflow's
        settings name it, which API v1 does not show. `timezone_of`: as AirflowApiV2 has it."""
        self.http, self.routes = http, V1
        self._server = server
        self.run_creator, self.dags_folder, self.timezone_of = run_creator, dags_folder, timezone_of

    @property
    def capabilities(self) -> Capabilities:
        return self._server.value
