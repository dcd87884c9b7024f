"""The status of a home: services, health, DAGs, import errors, recent runs."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import LastRun, ServiceStatus
from mlopsctl.core.states import ALIVE_SERVICE_STATES, Health, ServiceState
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle


@dataclass(frozen=True)
class StatusReport:
    """`components`: the health that Airflow reports; empty if the API does not answer. `error`: why the fields below
    `components` could not be read. `home`: empty for an Airflow elsewhere, which has no services either."""

    home: str
    api_url: str
    airflow_version: str
    services: list[ServiceStatus]
    components: Mapping[str, str] = field(default_factory=dict)
    dags: int = 0
    import_errors: int = 0
    last_runs: list[LastRun] = field(default_factory=list)
    error: MlopsctlError | None = None

    @property
    def healthy(self) -> bool:
        if self.error or not all(s.state == ServiceState.RUNNING for s in self.services):
            return False
        if self.services and not any(s.name == "api-server" for s in self.services):
            return True  # a worker host
        return bool(self.components) and all(health == Health.HEALTHY for health in self.components.values())

    def health_of(self, service: str) -> str:
        if service == "api-server":
            return Health.HEALTHY if self.components else "no answer"
        return self.components.get(service.replace("-", "_"), "")


def read(platform: Platform) -> StatusReport:
    record = platform.venv.record()
    version = record.airflow_version if record else "not installed"
    report = StatusReport(str(platform.home.root), platform.settings.api_url, version, lifecycle.read(platform))
    if not any(s.name == "api-server" and s.state == ServiceState.RUNNING for s in report.services):
        return report
    report = _ask(platform.api, report)
    return replace(report, error=_with_hint(report.error, report.services)) if report.error else report


def read_remote(api: AirflowApi, url: str, airflow_version: str) -> StatusReport:
    """Of an Airflow elsewhere, without its services. Raises Unavailable if it does not answer."""
    return _ask(api, StatusReport("", url, airflow_version, [], api.health()))


def _ask(api: AirflowApi, report: StatusReport) -> StatusReport:
    try:
        with ThreadPoolExecutor(3) as pool:
            dags, errors = pool.submit(api.count_dags), pool.submit(api.count_import_errors)
            last = pool.submit(api.recent_runs)
            report = replace(report, components=api.health())
            return replace(report, dags=dags.result(), import_errors=errors.result(), last_runs=last.result())
    except MlopsctlError as e:
        if isinstance(e, Unavailable) and not report.components:  # shown in the table as "no answer"
            return report
        return replace(report, error=e)


def _with_hint(error: MlopsctlError, services: list[ServiceStatus]) -> MlopsctlError:
    """The hint of an API error is `mlopsctl status`, which is running already: start the services that are down."""
    if error.code != "api-error":
        return error
    down = [s.name for s in services if s.state not in ALIVE_SERVICE_STATES]
    hint = Hint.of("start", *down) if down else Hint.of("logs", "api-server")
    return MlopsctlError(error.message, hint=hint, code=error.code)


def data(report: StatusReport) -> dict[str, Any]:
    """`data` of the JSON output."""
    return {
        "home": report.home,
        "api_url": report.api_url,
        "airflow_version": report.airflow_version,
        "healthy": report.healthy,
        "services": [asdict(s) for s in report.services],
        "components": report.components,
        "dags": report.dags,
        "import_errors": report.import_errors,
    }
