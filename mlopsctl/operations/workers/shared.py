"""What worker hosts have in common with the head: packages, settings, routes and the password of the broker. A host
with another revision of it takes no tasks, gets the new one, and then takes tasks again."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mlopsctl.adapters.files import read_secret
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers import head

SETTINGS = (
    "airflow_version", "timezone", "api_port", "mariadb_port", "redis_port", "worker_api_port", "preload",
    "external_feature_store", "alert_email", "alert_smtp", "storage",
)  # fmt: skip
REVISION_DIGITS = 12


def python(platform: Platform) -> str:
    """The version of the Python that runs Airflow; empty if none is installed."""
    record = platform.venv.record()
    return record.python if record else ""


def content(platform: Platform) -> dict[str, Any]:
    """With its own `revision`. Raises MlopsctlError if a secret is missing."""
    shared = {
        "settings": {name: getattr(platform.settings, name) for name in SETTINGS},
        "routes": [asdict(route) for route in head.routes(platform.settings) if not route.open_to_all],
        "celery_password": read_secret(platform.redis.password_file),
        "python": python(platform),
        "packages": [f"{name}=={version}" for name, version in sorted(platform.venv.installed().items())],
    }
    revision = hashlib.sha256(json.dumps(shared).encode()).hexdigest()[:REVISION_DIGITS]
    return shared | {"revision": revision}


@dataclass
class Shared:
    """Made again only if a file has changed: each host asks every few seconds. `platform`: that of the head, with the
    settings that config.toml has then."""

    platform: Callable[[], Platform]
    _platform: Platform | None = None
    _stamp: tuple[int, ...] = ()
    _content: Mapping[str, Any] = field(default_factory=dict)

    def read(self) -> Mapping[str, Any]:
        """Empty while packages are installed, or an upgrade is not complete. Raises MlopsctlError."""
        platform = self._platform = self._platform or self.platform()
        files = (platform.home.config, platform.venv.record_path, platform.redis.password_file)
        if platform.home.venv_previous.exists() or not all(file.exists() for file in files):
            return {}
        stamp = tuple(file.stat().st_mtime_ns for file in files)
        if stamp != self._stamp:
            self._content, self._stamp = content(self.platform()), stamp
        return self._content
