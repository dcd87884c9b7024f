"""The parts of Airflow, all of which must be alive for a run to come to its end."""

from mlopsctl.adapters.airflow_api import AirflowApi
from mlopsctl.errors import MlopsctlError

# As Airflow's health names them → the service whose log tells more.
SERVICE_OF = {
    "metadatabase": "postgres",
    "scheduler": "scheduler",
    "triggerer": "triggerer",
    "dag_processor": "dag-processor",
}


def dead(api: AirflowApi, *, absent_is_well: bool) -> MlopsctlError | None:
    """The first part that is not alive. `absent_is_well`: one that Airflow does not name has never run, and need not.

    Raises Unavailable where the API server itself does not answer.
    """
    health = api.health()
    for name, service in SERVICE_OF.items():
        if health.get(name, "healthy" if absent_is_well else "absent") != "healthy":
            word = name.replace("_", "-")
            return MlopsctlError(f"Airflow's {word} is not alive.", hint=f"mlopsctl logs {service}", code="unhealthy")
    return None
