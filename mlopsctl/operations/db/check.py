"""Whether both databases answer."""

from dataclasses import dataclass

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services.airflow_health import ELSEWHERE


@dataclass(frozen=True)
class Answer:
    name: str
    state: str
    detail: str = ""
    error: MlopsctlError | None = None


def read(platform: Platform) -> list[Answer]:
    return [_metadata(platform), _features(platform)]


def check_metadata(platform: Platform) -> None:
    """Raises MlopsctlError where Airflow's metadata database does not answer."""
    if error := _metadata(platform).error:
        raise error


def _metadata(platform: Platform) -> Answer:
    if platform.settings.external_metadata_db:
        return _elsewhere(platform)
    if platform.postgres.ready():
        return Answer("metadata", "ok", "PostgreSQL")
    error = MlopsctlError("the metadata database does not answer.", hint=Hint.of("start", "postgres"), code="database")
    return Answer("metadata", "error", error.message, error)


def _elsewhere(platform: Platform) -> Answer:
    """Through Airflow's eyes, where the database is not ours."""
    try:
        well = platform.api.health().get("metadatabase") == "healthy"
    except MlopsctlError as e:
        return Answer("metadata", "error", e.message, e)
    if well:
        return Answer("metadata", "ok", "a database elsewhere")
    hint = f"start it where it runs: {ELSEWHERE}"
    error = MlopsctlError("Airflow does not reach its metadata database.", hint=hint, code="database")
    return Answer("metadata", "error", error.message, error)


def _features(platform: Platform) -> Answer:
    try:
        version = platform.features().query("SELECT VERSION()")[0][0]
    except MlopsctlError as e:
        return Answer("features", "error", e.message, e)
    return Answer("features", "ok", f"MariaDB {version}")
