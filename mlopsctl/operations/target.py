"""An Airflow and its feature store, on this machine or elsewhere: what commands on DAGs and runs need of either."""

from pathlib import Path
from typing import Protocol

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.metadb.interface import RunMetadata
from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import Backfill, DagDetails
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import Settings


class Target(Protocol):
    """`Platform` is the one of a home, `RemoteAirflow` that of a context."""

    @property
    def home(self) -> Home:
        """Its settings, locks and caches."""

    @property
    def settings(self) -> Settings: ...

    @property
    def api(self) -> AirflowApi: ...

    @property
    def metadata(self) -> RunMetadata: ...

    def features(self) -> MariaDB:
        """A client of the feature store. Raises MlopsctlError if there is none."""

    def dag_obstacle(self, dag: DagDetails) -> MlopsctlError | None:
        """Why no run of a date of this DAG can be created from here."""

    def log_of(self, service: str) -> Path | None:
        """The log of a service; None if this home does not run it."""

    def stopped_service(self, service: str) -> bool:
        """Whether this home runs the service, and it is down."""

    def count_running_tasks(self, backfill: Backfill, since: float) -> int | None:
        """Tasks of a backfill whose processes exist; None: that cannot be seen from here. Raises Unavailable while what
        is known is older than `since`, in seconds since the epoch."""
