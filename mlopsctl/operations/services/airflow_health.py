"""The parts of Airflow, all of which must be alive for a run to come to its end."""

from collections.abc import Collection

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import SERVICES

# As Airflow's health names them → the service whose log tells more.
SERVICE_OF = {
    "metadatabase": "postgres",
    "scheduler": "scheduler",
    "triggerer": "triggerer",
    "dag_processor": "dag-processor",
}
ELSEWHERE = "setup was given its URL, which is in secrets/metadata-url"


def dead(api: AirflowApi, *, absent_is_well: bool, own: Collection[str] = SERVICES) -> tuple[str, MlopsctlError] | None:
    """The service of the first part that is not alive, and the sentence.

    `absent_is_well`: one that Airflow does not name has never run, and need not. `own`: the services that this home
    runs itself. Raises Unavailable where the API server itself does not answer.
    """
    health = api.health()
    for name, service in SERVICE_OF.items():
        if health.get(name, "healthy" if absent_is_well else "absent") != "healthy":
            word = name.replace("_", "-")
            hint = Hint.of("logs", service) if service in own else f"start it where it runs: {ELSEWHERE}"
            return service, MlopsctlError(f"Airflow's {word} is not alive.", hint=hint, code="unhealthy")
    return None
