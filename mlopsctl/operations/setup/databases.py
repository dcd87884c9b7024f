"""The two database servers of a home: create their files, start them, create their accounts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.adapters.mariadb.server import MariaDBServer
from mlopsctl.adapters.postgres.server import Postgres
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.urls import check_address
from mlopsctl.operations.services.start_steps import StartServiceStep, start_steps
from mlopsctl.operations.setup.request import SetupRequest

LEAVE_OUT = "omit --metadata-db to use a private PostgreSQL, or give a postgresql:// URL"


@dataclass(frozen=True)
class MetadataServerStep:
    request: SetupRequest
    name: str = "postgres"
    needs: Sequence[str] = ("supervisor",)

    def todo(self) -> str:
        platform = self.request.platform
        if platform.settings.external_metadata_db:
            return ""
        if not platform.postgres.exists():
            return "create the database server for Airflow's metadata"
        return _start_step(self.request, self.name, platform.postgres).todo()

    def do(self) -> Iterator[str]:
        postgres = self.request.platform.postgres
        postgres.write_conf()
        if not postgres.exists():
            yield "creating the data directory"
            postgres.create()
        yield from _start(self.request, self.name, postgres)

    def detail(self) -> str:
        if self.request.platform.settings.external_metadata_db:
            return "given by URL"
        return f"socket in {self.request.platform.home.postgres_run}"


@dataclass(frozen=True)
class FeatureStoreStep:
    request: SetupRequest
    name: str = "mariadb"
    needs: Sequence[str] = ("supervisor",)

    def todo(self) -> str:
        platform = self.request.platform
        if platform.settings.external_feature_store:
            return ""
        if not platform.mariadb.exists():
            return "create the database server of the feature store"
        what = _start_step(self.request, self.name, platform.mariadb).todo()
        return what or ("" if platform.mariadb.account_ready() else "create the account of the feature store")

    def do(self) -> Iterator[str]:
        server = self.request.platform.mariadb
        server.write_conf()
        if not server.exists():
            yield "creating the data directory"
            server.create()
        yield from _start(self.request, self.name, server)
        if not server.account_ready():
            yield "creating the account"
            server.create_account()

    def detail(self) -> str:
        if self.request.platform.settings.external_feature_store:
            return "given by URL"
        return f"127.0.0.1:{self.request.platform.mariadb.port}"


def _start_step(request: SetupRequest, name: str, server: Postgres | MariaDBServer) -> StartServiceStep:
    """Restarts the server, too, if its configuration is about to be rewritten."""
    pending: dict[Path, str] = {} if server.is_configured() else {server.conf: f"{server.conf.name} changes"}
    (step,) = start_steps(request.platform, [name], pending)
    return step


def _start(request: SetupRequest, name: str, server: Postgres | MariaDBServer) -> Iterator[str]:
    step = _start_step(request, name, server)
    if step.todo():
        yield from step.do()


def check_metadata_url(url: str) -> None:
    """Raises MlopsctlError for a database that Airflow does not support for its metadata, UsageError for an invalid
    URL."""
    scheme = url.partition(":")[0].partition("+")[0].lower()
    if scheme in ("postgresql", "postgres"):
        check_address(url, "--metadata-db", "postgresql://user@host:5432/airflow")
        return
    if scheme in ("mysql", "mariadb"):
        message = "MariaDB cannot store Airflow's metadata: Airflow does not support it, its locks work differently."
    elif scheme == "sqlite":
        message = (
            "SQLite cannot store Airflow's metadata: it allows only one writer, and Airflow cannot backfill on it."
        )
    else:
        message = f"mlopsctl does not support {scheme!r} as a database for Airflow's metadata."
    raise MlopsctlError(message, hint=LEAVE_OUT, code="metadata-db")


def check_feature_store_url(url: str) -> None:
    """Raises MlopsctlError if the server cannot be used."""
    MariaDB.from_url(url).query("SELECT 1")
