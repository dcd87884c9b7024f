"""The health of Airflow's components."""

from mlopsctl.adapters.airflow.rest.common import records
from mlopsctl.adapters.airflow.rest.common.routes import Routes
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.model import ComponentHealth
from mlopsctl.core.states import Health


class HealthCalls:
    http: AirflowHttp
    routes: Routes

    def components(self, timeout: float = 30) -> dict[str, ComponentHealth]:
        answer = self.http.send("GET", self.routes.health, login=False, timeout=timeout)
        return {name: records.component(name, raw) for name, raw in answer.items()}

    def health(self) -> dict[str, Health]:
        return {name: found.status for name, found in self.components().items() if found.status}

    def heartbeats(self) -> dict[str, float]:
        found = self.components().items()
        return {name: component.heartbeat.timestamp() for name, component in found if component.heartbeat}
