"""The two private servers: files, process, account. Each stage ends with a server that takes connections."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.adapters.mariadb.server import MariaDBServer
from mlopsctl.adapters.postgres.server import Postgres
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.services.lifecycle import start_stages
from mlopsctl.operations.setup.request import Request


@dataclass(frozen=True)
class Metadata:
    request: Request
    name: str = "postgres"
    needs: Sequence[str] = ("supervisor",)

    def todo(self) -> str:
        platform = self.request.platform
        if platform.settings.external_metadata_db:
            return ""
        if not platform.postgres.exists():
            return "make the cluster of Airflow's metadata"
        return start_stages(platform, ["postgres"], _coming(platform.postgres))[0].todo()

    def do(self) -> Iterator[str]:
        postgres = self.request.platform.postgres
        postgres.write_conf()
        if not postgres.exists():
            yield "making the cluster"
            postgres.create()
        stage = start_stages(self.request.platform, ["postgres"])[0]
        if stage.todo():
            yield from stage.do()

    def detail(self) -> str:
        if self.request.platform.settings.external_metadata_db:
            return "given by URL"
        return f"socket in {self.request.platform.home.postgres_run}"


@dataclass(frozen=True)
class FeatureStore:
    request: Request
    name: str = "mariadb"
    needs: Sequence[str] = ("supervisor",)

    def todo(self) -> str:
        platform = self.request.platform
        if platform.settings.external_feature_store:
            return ""
        if not platform.mariadb.exists():
            return "make the feature store's server"
        what = start_stages(platform, ["mariadb"], _coming(platform.mariadb))[0].todo()
        return what or ("" if platform.mariadb.account_ready() else "make the feature store's account")

    def do(self) -> Iterator[str]:
        server = self.request.platform.mariadb
        server.write_conf()
        if not server.exists():
            yield "making the data directory"
            server.create()
        stage = start_stages(self.request.platform, ["mariadb"])[0]
        if stage.todo():
            yield from stage.do()
        if not server.account_ready():
            yield "making the account"
            server.create_account()

    def detail(self) -> str:
        if self.request.platform.settings.external_feature_store:
            return "given by URL"
        return f"127.0.0.1:{self.request.platform.mariadb.port}"


def _coming(server: Postgres | MariaDBServer) -> dict[Path, str]:
    """The server's configuration, where it is about to be written, and what is said of it."""
    return {} if server.is_configured() else {server.conf: f"{server.conf.name} changes"}


def check_metadata_url(url: str) -> None:
    """Raises MlopsctlError for a database that Airflow cannot keep its metadata in."""
    scheme = url.partition(":")[0].partition("+")[0].lower()
    if scheme in ("mysql", "mariadb"):
        raise MlopsctlError(
            "Airflow's metadata cannot be kept in MariaDB: Airflow does not support it; its locks differ.",
            hint="leave --metadata-db out for a private PostgreSQL, or give a postgresql:// URL",
            code="metadata-db",
        )
    if scheme == "sqlite":
        raise MlopsctlError(
            "Airflow's metadata cannot be kept in SQLite: it takes one writer at a time, and refuses backfills.",
            hint="leave --metadata-db out for a private PostgreSQL, or give a postgresql:// URL",
            code="metadata-db",
        )
    if scheme not in ("postgresql", "postgres"):
        raise MlopsctlError(
            f"{scheme!r} is no database that mlopsctl knows for Airflow's metadata.",
            hint="give a URL such as postgresql://user@host/airflow",
            code="metadata-db",
        )


def check_feature_store_url(url: str) -> None:
    """Raises MlopsctlError where the server cannot be used."""
    MariaDB.from_url(url).query("SELECT 1")
