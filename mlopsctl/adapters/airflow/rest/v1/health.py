"""The health of Airflow 2's components."""

from dataclasses import replace

from mlopsctl.adapters.airflow.rest.common import health
from mlopsctl.adapters.airflow.rest.v1.runs import RunCreator
from mlopsctl.core.model import ComponentHealth
from mlopsctl.core.states import Health

DAG_PROCESSOR_TIMEOUT = 30.0  # seconds, as for the scheduler


class HealthCalls(health.HealthCalls):
    run_creator: RunCreator | None

    def components(self, timeout: float = 30) -> dict[str, ComponentHealth]:
        """As Airflow reports it, except that the dag-processor has 30 s for a heartbeat, instead of 10.5 s.

        It sends one every 5 s at best, so that on a busy machine its health would change all the time. The latest
        heartbeat of any component is taken as the current time.
        """
        found = super().components(timeout)
        processor = found.get("dag_processor", ComponentHealth(None))
        if not processor.status and not self.run_creator:  # on another machine, it may be a part of the scheduler
            return found | {"dag_processor": found["scheduler"]}
        now = max((component.heartbeat for component in found.values() if component.heartbeat), default=None)
        if now and processor.heartbeat and (now - processor.heartbeat).total_seconds() < DAG_PROCESSOR_TIMEOUT:
            return found | {"dag_processor": replace(processor, status=Health.HEALTHY)}
        return found
