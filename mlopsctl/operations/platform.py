"""All adapters of one home, as the operations that concern the whole of it receive them."""

from dataclasses import dataclass

from mlopsctl.adapters.airflow_api import AirflowApi
from mlopsctl.adapters.airflow_cli import AirflowCli
from mlopsctl.adapters.mariadb_server import MariaDBServer
from mlopsctl.adapters.postgres import Postgres
from mlopsctl.adapters.supervisor import Program, Supervisor
from mlopsctl.adapters.venv import Venv
from mlopsctl.paths import Home
from mlopsctl.settings import Settings


@dataclass(frozen=True)
class Platform:
    home: Home
    settings: Settings
    supervisor: Supervisor
    postgres: Postgres
    mariadb: MariaDBServer
    venv: Venv
    airflow: AirflowCli
    api: AirflowApi

    def programs(self) -> tuple[Program, ...]:
        """The services that this home runs itself, in the order of a start."""
        own = [] if self.settings.external_metadata_db else [self.postgres.program()]
        own += [] if self.settings.external_feature_store else [self.mariadb.program()]
        return (*own, *self.airflow.programs(self.settings.api_host, self.settings.api_port))

    def metadata_url(self) -> str:
        """SQLAlchemy's URL of Airflow's metadata database."""
        if self.settings.external_metadata_db:
            return self.home.secret("metadata-url").read_text(encoding="utf-8").strip()
        return self.postgres.url

    def feature_store_url(self) -> str:
        if self.settings.external_feature_store:
            return self.home.secret("feature-store-url").read_text(encoding="utf-8").strip()
        return self.mariadb.url
