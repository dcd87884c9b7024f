"""The components of Airflow, all of which must be healthy for a run to complete."""

from collections.abc import Collection

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.release import SERVICE_OF_COMPONENT
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import SERVICES
from mlopsctl.core.states import Health

EXTERNAL_DATABASE_HINT = "start the database on its own server; its URL is in secrets/metadata-url"
TWICE = "Detected recursive loop when walking DAG directory"  # how Airflow's dag-processor ends
ELSEWHERE = "ask whoever runs that Airflow to start it"


def find_unhealthy(
    api: AirflowApi, *, ignore_absent: bool, own: Collection[str] = SERVICES
) -> tuple[str, MlopsctlError] | None:
    """The service of the first unhealthy component, and an error that describes it.

    `ignore_absent`: accept components that Airflow does not report because they have never run. `own`: the services
    that this home runs; none, if Airflow runs elsewhere. Raises Unavailable if the API server does not answer.
    """
    health = api.health()
    for name, service in SERVICE_OF_COMPONENT.items():
        if health.get(name, Health.HEALTHY if ignore_absent else "absent") != Health.HEALTHY:
            component = name.replace("_", "-")
            missing = EXTERNAL_DATABASE_HINT if own else ELSEWHERE
            hint = Hint.of("logs", service) if service in own else Hint(note=missing)
            return service, MlopsctlError(f"Airflow's {component} is not healthy.", hint=hint, code="unhealthy")
    return None


def remedy(service: str, log: str, usual: Hint) -> Hint:
    """For a service that does not run. A restart does not help the dag-processor while it reaches a directory twice.
    `log`: its end."""
    if service == "dag-processor" and TWICE in log:
        return Hint.of("doctor", "--fix", "--only", "dag-twice", "--only", "dag-loops").followed_by("restart", service)
    return usual
