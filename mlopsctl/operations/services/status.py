"""How a home stands: services, health, DAGs, import errors, last runs."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import LastRun, ServiceStatus
from mlopsctl.core.states import ALIVE_SERVICE_STATES
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle


@dataclass(frozen=True)
class Report:
    """`components` is Airflow's own word (empty: the API does not answer). `error`: why the rest could not be asked."""

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
        up = not self.error and all(s.state == "running" for s in self.services)
        return up and bool(self.components) and all(v == "healthy" for v in self.components.values())

    def health_of(self, service: str) -> str:
        if service == "api-server":
            return "healthy" if self.components else "no answer"
        return self.components.get(service.replace("-", "_"), "")


def read(platform: Platform) -> Report:
    record = platform.venv.record()
    version = record.airflow_version if record else "not installed"
    report = Report(str(platform.home.root), platform.settings.api_url, version, lifecycle.read(platform))
    api = platform.api
    if not any(s.name == "api-server" and s.state == "running" for s in report.services):
        return report
    try:
        with ThreadPoolExecutor(3) as pool:
            dags, errors, last = (
                pool.submit(api.count_dags),
                pool.submit(api.count_import_errors),
                pool.submit(api.recent_runs),
            )
            report = replace(report, components=api.health())
            return replace(report, dags=dags.result(), import_errors=errors.result(), last_runs=last.result())
    except MlopsctlError as e:
        silent = isinstance(e, Unavailable) and not report.components  # the table says so
        return report if silent else replace(report, error=_with_remedy(e, report.services))


def _with_remedy(error: MlopsctlError, services: list[ServiceStatus]) -> MlopsctlError:
    """Who looks here is not sent here: where Airflow's API server is ill, the start of what is down."""
    if error.code != "api-error":
        return error
    down = " ".join(s.name for s in services if s.state not in ALIVE_SERVICE_STATES)
    hint = Hint.of("start", down) if down else Hint.of("logs", "api-server")
    return MlopsctlError(error.message, hint=hint, code=error.code)


def data(report: Report) -> dict[str, Any]:
    """As the contract has it."""
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
