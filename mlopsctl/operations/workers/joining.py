"""How a host joins: what it sends with its token, and what it gets."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import mlopsctl
from mlopsctl.adapters.files import read_secret
from mlopsctl.adapters.tls.authority import Authority
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers import head, tokens
from mlopsctl.operations.workers.registry import Registry

SHARED_SETTINGS = (
    "airflow_version", "timezone", "api_port", "mariadb_port", "redis_port", "worker_api_port", "preload",
    "external_feature_store", "alert_email", "alert_smtp", "storage",
)  # fmt: skip


@dataclass(frozen=True)
class JoinRequest:
    """`name`: of the host. `request`: a certificate signing request (PEM). `mlopsctl`: its version. `python`: of the
    Python that can run Airflow there, as `3.11`."""

    name: str
    secret: str
    request: str
    mlopsctl: str
    pythons: tuple[str, ...]

    @property
    def proof(self) -> str:
        """What only the host that sent this request knows."""
        return self.secret + self.request


def read_request(content: Mapping[str, Any]) -> JoinRequest:
    """Raises UsageError if it is not one."""
    keys = ("name", "secret", "request", "mlopsctl")
    texts = {key: content.get(key) for key in keys}
    pythons = content.get("pythons")
    if not all(isinstance(value, str) for value in texts.values()) or not isinstance(pythons, list):
        raise UsageError("this is not the request of a worker host.", hint=Hint.of("worker", "join", "TOKEN"))
    return JoinRequest(**texts, pythons=tuple(map(str, pythons)))  # type: ignore[arg-type]


def join(platform: Platform, content: Mapping[str, Any]) -> dict[str, Any]:
    """What the host needs to run tasks. The token is used up only if all else is in order; the answer can be asked for
    again until the host reports, with the same request.

    Raises MlopsctlError, UsageError.
    """
    asked = read_request(content)
    registry, authority = Registry(platform.home), Authority(platform.home.authority)
    granted = registry.granted(asked.name, asked.proof)
    if granted is None:
        tokens.check(platform.home, asked.secret)
    _check_versions(platform, asked)
    registry.check_free(asked.name, asked.proof)
    certificate = authority.sign(asked.request.encode(), asked.name)
    queues = tokens.use(platform.home, asked.secret).queues if granted is None else granted
    return {
        "certificate": certificate.pem.decode(),
        "token": registry.add(asked.name, asked.proof, queues),
        "queues": queues,
        "settings": {name: getattr(platform.settings, name) for name in SHARED_SETTINGS},
        "routes": [asdict(route) for route in head.routes(platform.settings) if not route.open_to_all],
        "celery_password": read_secret(platform.redis.password_file),
        "python": _python(platform),
        "packages": [f"{name}=={version}" for name, version in sorted(platform.venv.installed().items())],
    }


def _python(platform: Platform) -> str:
    record = platform.venv.record()
    return record.python if record else ""


def _check_versions(platform: Platform, asked: JoinRequest) -> None:
    if asked.mlopsctl != mlopsctl.__version__:
        raise MlopsctlError(
            f"the head has mlopsctl {mlopsctl.__version__}, and this host {asked.mlopsctl}.",
            hint="install the same version on both",
            code="version",
        )
    if (needed := _python(platform)) not in asked.pythons:
        raise MlopsctlError(
            f"the head's Airflow runs on Python {needed}, which was not found on this host.",
            hint=Hint(line=f"uv python install {needed}"),
            code="python",
        )
