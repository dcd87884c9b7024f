"""Check whether both databases respond."""

from dataclasses import dataclass

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import DatabaseName, Health, Status
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services.airflow_health import EXTERNAL_DATABASE_HINT


@dataclass(frozen=True)
class DatabaseStatus:
    name: DatabaseName
    detail: str
    error: MlopsctlError | None = None

    @property
    def state(self) -> Status:
        return Status.ERROR if self.error else Status.OK


def read(platform: Platform) -> list[DatabaseStatus]:
    return [_metadata(platform), _features(platform)]


def check_metadata(platform: Platform) -> None:
    """Raises MlopsctlError if Airflow's metadata database does not respond."""
    if error := _metadata(platform).error:
        raise error


def _failed(name: DatabaseName, error: MlopsctlError) -> DatabaseStatus:
    return DatabaseStatus(name, error.message, error)


def _metadata(platform: Platform) -> DatabaseStatus:
    if platform.settings.external_metadata_db:
        return _external_metadata(platform)
    if platform.postgres.ready():
        return DatabaseStatus(DatabaseName.METADATA, "PostgreSQL")
    error = MlopsctlError("the metadata database does not respond.", hint=Hint.of("start", "postgres"), code="database")
    return _failed(DatabaseName.METADATA, error)


def _external_metadata(platform: Platform) -> DatabaseStatus:
    """The health that Airflow reports: mlopsctl does not connect to an external metadata database."""
    try:
        if platform.api.health().get("metadatabase") == Health.HEALTHY:
            return DatabaseStatus(DatabaseName.METADATA, "external database")
    except MlopsctlError as e:
        return _failed(DatabaseName.METADATA, e)
    error = MlopsctlError("Airflow cannot reach its metadata database.", hint=EXTERNAL_DATABASE_HINT, code="database")
    return _failed(DatabaseName.METADATA, error)


def _features(platform: Platform) -> DatabaseStatus:
    try:
        version = platform.features().query("SELECT VERSION()")[0][0]
    except MlopsctlError as e:
        return _failed(DatabaseName.FEATURES, e)
    return DatabaseStatus(DatabaseName.FEATURES, f"MariaDB {version}")
