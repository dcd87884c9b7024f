"""The Kubernetes secrets that the Helm chart reads, and how each is made: from files and pipes, because whoever lists
processes sees their arguments."""

from collections.abc import Mapping
from pathlib import Path
from shlex import quote

from mlopsctl.adapters.airflow import helm_chart
from mlopsctl.core.storage import connection
from mlopsctl.operations.platform import Platform

RELEASE = "airflow"  # the name of the Helm release, which is a part of the address of its Redis
REDIS_PASSWORD = "redis-password"  # noqa: S105 - the name of a file that the user makes


def commands(platform: Platform) -> Mapping[str, str]:
    """The name of each secret and the shell line that creates it."""
    home, settings, release = platform.home, platform.settings, platform.airflow.release
    fernet = f"{{ {_content(home.secret('fernet-key'))}; printf =; }}"  # its padding
    found = {
        "mlopsctl-fernet-key": _create("mlopsctl-fernet-key", "fernet-key", fernet),
        "mlopsctl-api-secret-key": _create(
            "mlopsctl-api-secret-key", helm_chart.api_secret(release).key, _content(home.secret("api-secret"))
        ),
    }
    if not release.is_airflow2:
        found["mlopsctl-jwt-secret"] = _create("mlopsctl-jwt-secret", "jwt-secret", _content(home.secret("jwt-secret")))
    found["mlopsctl-metadata"] = _create("mlopsctl-metadata", "connection", _metadata(platform))
    if settings.has_workers:
        password = _content(Path(REDIS_PASSWORD))
        url = f"{{ printf redis://:; {password}; printf @{RELEASE}-redis:6379/0; }}"
        found["mlopsctl-redis-password"] = _create("mlopsctl-redis-password", "password", password)
        found["mlopsctl-broker-url"] = _create("mlopsctl-broker-url", "connection", url)
    found["mlopsctl-feature-store"] = _create("mlopsctl-feature-store", "connection", _feature_store(platform))
    if connection(settings.storage):
        found["mlopsctl-storage"] = _create("mlopsctl-storage", "connection", _content(Path("storage-url")))
    return found


def _metadata(platform: Platform) -> str:
    if platform.settings.external_metadata_db:
        return _content(platform.home.secret("metadata-url"))
    return _content(Path("metadata-url"))


def _feature_store(platform: Platform) -> str:
    if platform.settings.external_feature_store:
        return _content(platform.home.secret("feature-store-url"))
    return _content(Path("feature-store-url"))


def _content(file: Path) -> str:
    """Prints a file without the newline at its end, which would become a part of the secret."""
    return f"tr -d '\\n' < {quote(str(file))}"


def _create(name: str, key: str, source: str) -> str:
    return f"{source} | kubectl create secret generic {name} --from-file={key}=/dev/stdin"
