"""Whether both databases answer."""

from dataclasses import dataclass

from mlopsctl.adapters.mariadb import MariaDB
from mlopsctl.errors import MlopsctlError
from mlopsctl.operations.platform import Platform


@dataclass(frozen=True)
class Check:
    name: str
    state: str
    detail: str = ""
    error: MlopsctlError | None = None


def read(platform: Platform) -> list[Check]:
    return [_metadata(platform), _features(platform)]


def _metadata(platform: Platform) -> Check:
    """Through Airflow's eyes where the database is not ours."""
    if platform.settings.external_metadata_db:
        well = platform.api.health().get("metadatabase") == "healthy"
    else:
        well = platform.postgres.ready()
    if well:
        return Check("metadata", "ok", "PostgreSQL")
    error = MlopsctlError("the metadata database does not answer.", hint="mlopsctl start postgres", code="database")
    return Check("metadata", "error", error.message, error)


def _features(platform: Platform) -> Check:
    try:
        version = MariaDB.from_url(platform.feature_store_url()).query("SELECT VERSION()")[0][0]
    except MlopsctlError as e:
        return Check("features", "error", e.message, e)
    return Check("features", "ok", f"MariaDB {version}")
