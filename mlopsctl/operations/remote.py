"""The Airflow of a context, which has no more than its API."""

from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.airflow.api_metadata.timezones import ServerTimezones
from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.metadb.interface import RunMetadata
from mlopsctl.adapters.files import read_secret
from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.core.contexts import Context
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Backfill, DagDetails
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import Settings


@dataclass(frozen=True)
class RemoteAirflow:
    """A Target. `metadata`: what the API knows of it."""

    context: Context
    settings: Settings
    api: AirflowApi
    metadata: RunMetadata
    timezones: ServerTimezones

    @property
    def home(self) -> Home:
        return self.context.home

    def features(self) -> MariaDB:
        """A client of the feature store. Raises MlopsctlError if the context has none."""
        context = self.context
        if not context.feature_store_url.exists():
            login = ("--user", context.username) if context.username else ("--token-file", "FILE")
            raise MlopsctlError(
                f"the context {context.name} has no feature store.",
                hint=Hint.of(
                    "context", "add", context.name, "--overwrite", "--url", context.url, *login,
                    "--feature-store-url-file", "FILE",
                ),
                code="no-feature-store",
            )  # fmt: skip
        return MariaDB.from_url(read_secret(context.feature_store_url))

    def dag_obstacle(self, dag: DagDetails) -> MlopsctlError | None:
        """Its days are not known if its time zone is not; and some releases cannot give a run its data interval."""
        if dag.periodic and not dag.empty_intervals and not self.api.capabilities.interval_in_post:
            version = self.api.capabilities.version
            return MlopsctlError(
                f"the API of Airflow {version} cannot give a run its data interval: a run would get the one before.",
                hint=Hint.of("trigger", dag.dag_id, note="for a run for now; for a date, use the machine itself"),
                code="no-interval",
            )
        return self.timezones.problem(dag)

    def log_of(self, service: str) -> Path | None:
        """Its services run elsewhere."""
        return None

    def stopped_service(self, service: str) -> bool:
        return False

    def count_running_tasks(self, backfill: Backfill, since: float) -> int | None:
        """Airflow's API does not show processes."""
        return None
