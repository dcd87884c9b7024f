"""The status of a home: services, workers, health, DAGs, import errors, recent runs."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import LastRun, ServiceStatus
from mlopsctl.core.paths import BROKER, WORKER
from mlopsctl.core.states import ALIVE_SERVICE_STATES, Health, ServiceState
from mlopsctl.core.workers import HeadConnection, WorkerRow, WorkerState
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle, worker_health


@dataclass(frozen=True)
class StatusReport:
    """`components`: the health that Airflow reports; empty if the API does not answer. `error`: why the fields below
    `components` could not be read. `home`: empty for an Airflow elsewhere, which has no services either. `workers`: all
    of a head, or the one of a worker host; `head`: of a worker host."""

    home: str
    api_url: str
    airflow_version: str
    services: list[ServiceStatus]
    components: Mapping[str, str] = field(default_factory=dict)
    dags: int = 0
    import_errors: int = 0
    last_runs: list[LastRun] = field(default_factory=list)
    error: MlopsctlError | None = None
    workers: Sequence[WorkerRow] = ()
    head: HeadConnection | None = None
    checked: Mapping[str, str] = field(default_factory=dict)

    @property
    def healthy(self) -> bool:
        if self.errors or any(service.state != ServiceState.RUNNING for service in self._needed):
            return False
        if any(health != Health.HEALTHY for health in self.checked.values()):
            return False
        components = self.components.values()
        return bool(self.head) or (bool(components) and all(health == Health.HEALTHY for health in components))

    @property
    def _needed(self) -> list[ServiceStatus]:
        """Without the worker of a host that the head has drained."""
        drained = self.head and self.workers[0].state in (WorkerState.DRAINED, WorkerState.DRAINING)
        return [service for service in self.services if not (drained and service.name == WORKER)]

    @property
    def errors(self) -> tuple[MlopsctlError, ...]:
        broker = worker_health.no_broker() if self.checked.get(BROKER) == worker_health.NO_ANSWER else None
        head = worker_health.no_head(self.head) if self.head and not self.head.answers else None
        dead = [worker_health.dead(worker.host) for worker in self.workers if worker.state is WorkerState.DEAD]
        return (*filter(None, (self.error, broker, head)), *dead)

    def health_of(self, service: str) -> str:
        if service in self.checked:
            return self.checked[service]
        if service == "api-server":
            return Health.HEALTHY if self.components else "no answer"
        return self.components.get(service.replace("-", "_"), "")


def read(platform: Platform) -> StatusReport:
    record = platform.venv.record()
    version = record.airflow_version if record else "not installed"
    report = StatusReport(str(platform.home.root), platform.settings.api_url, version, lifecycle.read(platform))
    if platform.settings.has_workers:
        report = _with_workers(platform, report)
    if not any(s.name == "api-server" and s.state == ServiceState.RUNNING for s in report.services):
        return report
    report = _ask(platform.api, report)
    return replace(report, error=_with_hint(report.error, report.services)) if report.error else report


def _with_workers(platform: Platform, report: StatusReport) -> StatusReport:
    running = {service.name for service in report.services if service.state == ServiceState.RUNNING}
    workers, head = platform.workers.rows(platform), platform.workers.head(platform)
    if head:
        checked = worker_health.of_host(workers[0], head, running)
    else:
        checked = worker_health.of_head(platform, workers[0], running)
    return replace(report, workers=workers, head=head, checked=checked)


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
        "workers": [asdict(worker) for worker in report.workers],
        "head": asdict(report.head) if report.head else None,
    }
