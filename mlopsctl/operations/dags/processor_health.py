"""Whether what Airflow reports about DAG files is up to date."""

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message
from mlopsctl.core.states import Health


def warnings(api: AirflowApi) -> tuple[Message, ...]:
    """A warning if the dag-processor, which reads the files, is not healthy."""
    state = api.health().get("dag_processor", "absent")
    if state == Health.HEALTHY:
        return ()
    return (
        Message.warning(
            f"the dag-processor is {state}, so this list may be out of date.", hint=Hint.of("logs", "dag-processor")
        ),
    )
