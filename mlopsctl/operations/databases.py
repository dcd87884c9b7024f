"""Whether both databases answer."""

from dataclasses import dataclass

from mlopsctl.errors import MlopsctlError
from mlopsctl.operations.platform import Platform


@dataclass(frozen=True)
class Answer:
    name: str
    state: str
    detail: str = ""
    error: MlopsctlError | None = None


def read(platform: Platform) -> list[Answer]:
    return [_metadata(platform), _features(platform)]


def _metadata(platform: Platform) -> Answer:
    """Through Airflow's eyes where the database is not ours."""
    if platform.settings.external_metadata_db:
        well = platform.api.health().get("metadatabase") == "healthy"
    else:
        well = platform.postgres.ready()
    if well:
        return Answer("metadata", "ok", "PostgreSQL")
    error = MlopsctlError("the metadata database does not answer.", hint="mlopsctl start postgres", code="database")
    return Answer("metadata", "error", error.message, error)


def _features(platform: Platform) -> Answer:
    try:
        version = platform.features().query("SELECT VERSION()")[0][0]
    except MlopsctlError as e:
        return Answer("features", "error", e.message, e)
    return Answer("features", "ok", f"MariaDB {version}")
