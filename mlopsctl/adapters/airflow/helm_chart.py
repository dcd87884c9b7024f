"""Airflow's official Helm chart: which version of it is known here, and how it names the secrets of a release."""

from dataclasses import dataclass

from mlopsctl.adapters.airflow.release import RELEASES, Release
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint

VERSION = "1.21.0"  # whose values.yaml, values.schema.json and templates the values were checked with
OLDEST = "2.11"  # the first series that this chart accepts


@dataclass(frozen=True)
class ApiSecret:
    """`value`: the key in the values file that names the Kubernetes secret. `key`: of the secret's own content."""

    value: str
    key: str


def check(release: Release) -> None:
    """Raises MlopsctlError for a release that the chart does not accept."""
    series = [known.series for known in RELEASES]
    if series.index(release.series) < series.index(OLDEST):
        newest_patch = next(known for known in RELEASES if known.series == OLDEST).versions[-1]
        raise MlopsctlError(
            f"the Helm chart {VERSION} needs Airflow {OLDEST} or newer, and this platform has {release.series}.",
            hint=Hint.of("upgrade", "--airflow-version", newest_patch),
            code="airflow-too-old",
        )


def api_secret(release: Release) -> ApiSecret:
    """The key that signs sessions of the web page, and requests for logs of tasks."""
    if release.is_airflow2:
        return ApiSecret("webserverSecretKeySecretName", "webserver-secret-key")
    return ApiSecret("apiSecretKeySecretName", "api-secret-key")
