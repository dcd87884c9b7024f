"""The adapters of one home, as operations on the complete platform receive them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.metadb.interface import AirflowMetadata
from mlopsctl.adapters.airflow.programs import AirflowPrograms
from mlopsctl.adapters.airflow.task_processes import running_task_ids
from mlopsctl.adapters.files import read_secret
from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.adapters.mariadb.server import MariaDBServer
from mlopsctl.adapters.postgres.server import Postgres
from mlopsctl.adapters.redis.server import RedisServer
from mlopsctl.adapters.supervisor.config import Program
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.adapters.venv import Venv
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import Backfill, DagDetails
from mlopsctl.core.paths import OUR_DAGS, Home
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import ALIVE_SERVICE_STATES
from mlopsctl.core.workers import HeadConnection, WorkerRow


class Workers(Protocol):
    """What a platform has besides if tasks run on workers."""

    def programs(self, platform: "Platform") -> Sequence[Program]:
        """Their services on this machine, besides the broker."""

    def tasks(self, platform: "Platform") -> Collection[str]:
        """The ids of the task instances at work on other hosts."""

    def tasks_since(self, platform: "Platform", instant: float) -> Collection[str]:
        """The same, but only if it is newer than an instant, in seconds since the epoch. Raises Unavailable until
        then."""

    def rows(self, platform: "Platform") -> Sequence[WorkerRow]:
        """All of them, that of this machine first; on a worker host, only that one."""

    def head(self, platform: "Platform") -> HeadConnection | None:
        """Of a worker host."""

    def alive(self, platform: "Platform") -> Sequence[str]:
        """The other hosts that report."""

    def taking_tasks(self, platform: "Platform") -> Sequence[str]:
        """Those of them that take tasks, or have some."""


class NoWorkers:
    """Tasks run in the scheduler of this machine."""

    def programs(self, platform: "Platform") -> Sequence[Program]:
        return ()

    def tasks(self, platform: "Platform") -> Collection[str]:
        return ()

    def tasks_since(self, platform: "Platform", instant: float) -> Collection[str]:
        return ()

    def rows(self, platform: "Platform") -> Sequence[WorkerRow]:
        return ()

    def head(self, platform: "Platform") -> HeadConnection | None:
        return None

    def alive(self, platform: "Platform") -> Sequence[str]:
        return ()

    def taking_tasks(self, platform: "Platform") -> Sequence[str]:
        return ()


@dataclass(frozen=True)
class Platform:
    """`given_…_url`: the URL of an external database that was passed to this command; empty: the one in `secrets/`.
    `before_start` is called with the name of each service that is to be started."""

    home: Home
    settings: Settings
    supervisor: Supervisor
    postgres: Postgres
    mariadb: MariaDBServer
    redis: RedisServer
    venv: Venv
    airflow: AirflowPrograms
    api: AirflowApi
    metadata: AirflowMetadata
    given_metadata_url: str = field(default="", repr=False)
    given_feature_store_url: str = field(default="", repr=False)
    workers: Workers = field(default=NoWorkers(), repr=False)
    before_start: Callable[["Platform", str], None] = field(default=lambda platform, service: None, repr=False)

    def programs(self) -> tuple[Program, ...]:
        """The services that this home runs, in the order in which they start."""
        if self.settings.head:
            return tuple(self.workers.programs(self))
        databases = [] if self.settings.external_metadata_db else [self.postgres.program()]
        databases += [] if self.settings.external_feature_store else [self.mariadb.program()]
        stores = [*databases, self.redis.program()] if self.settings.has_workers else databases
        airflow = self.airflow.services(self.settings.api_host, self.settings.api_port)
        return (*stores, *airflow, *self.workers.programs(self))

    def log_of(self, service: str) -> Path | None:
        """The log of a service; None if this home does not run it."""
        return self.home.log_of(service) if any(p.name == service for p in self.programs()) else None

    def dag_obstacle(self, dag: DagDetails) -> MlopsctlError | None:
        """None: the metadata database has all that is needed."""
        return None

    def stopped_service(self, service: str) -> bool:
        """Whether this home runs the service, and it is down."""
        if not any(program.name == service for program in self.programs()):
            return False
        status = self.supervisor.states().get(service)
        return not status or status.state not in ALIVE_SERVICE_STATES

    def count_running_tasks(self, backfill: Backfill, since: float) -> int | None:
        """Tasks of a backfill whose processes exist. Raises Unavailable until all hosts have reported since then."""
        running = {*running_task_ids(self.supervisor), *self.workers.tasks_since(self, since)}
        return len(self.metadata.backfill_tasks(backfill, running)) if running else 0

    @property
    def dags_folders(self) -> list[Path]:
        """The folders whose DAG packages are linked: those given by --dags, without the pipelines of this project if
        the release cannot import them."""
        folders = [Path(folder) for folder in self.settings.dags]
        if self.airflow.release.runs_our_dags:
            return folders
        return [folder for folder in folders if OUR_DAGS not in (folder.resolve(), *folder.resolve().parents)]

    def metadata_url(self) -> str:
        """The SQLAlchemy URL of Airflow's metadata database."""
        if self.settings.external_metadata_db:
            return self.given_metadata_url or read_secret(self.home.secret("metadata-url"))
        return self.postgres.url

    def features(self) -> MariaDB:
        """A client of the feature store, with the account that pipelines use."""
        if self.settings.external_feature_store:
            return MariaDB.from_url(self.feature_store_url())
        return self.mariadb.features

    def feature_store_url(self) -> str:
        if self.settings.external_feature_store:
            return self.given_feature_store_url or read_secret(self.home.secret("feature-store-url"))
        return self.mariadb.url
