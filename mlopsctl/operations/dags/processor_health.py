"""Whether what Airflow reports about DAG files is up to date."""

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message
from mlopsctl.core.states import Health
from mlopsctl.operations.services.airflow_health import ELSEWHERE


def warnings(api: AirflowApi, *, elsewhere: bool = False) -> tuple[Message, ...]:
    """A warning if the dag-processor, which reads the files, is not healthy. `elsewhere`: it is not on this machine."""
    health = api.health()
    if "dag_processor" not in health and not api.capabilities.backfills:
        return ()  # in Airflow 2 it usually is a part of the scheduler
    state = health.get("dag_processor", "absent")
    if state == Health.HEALTHY:
        return ()
    hint = Hint(note=ELSEWHERE) if elsewhere else Hint.of("logs", "dag-processor")
    return (Message.warning(f"the dag-processor is {state}, so this list may be out of date.", hint=hint),)
