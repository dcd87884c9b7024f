"""How a host joins: what it sends with its token, and what it gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mlopsctl
from mlopsctl.adapters.tls.authority import Authority
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers import shared, tokens
from mlopsctl.operations.workers.registry import Registry


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
        **shared.content(platform),
    }


def _check_versions(platform: Platform, asked: JoinRequest) -> None:
    if asked.mlopsctl != mlopsctl.__version__:
        raise MlopsctlError(
            f"the head has mlopsctl {mlopsctl.__version__}, and this host {asked.mlopsctl}.",
            hint="install the same version on both",
            code="version",
        )
    if (needed := shared.python(platform)) not in asked.pythons:
        raise MlopsctlError(
            f"the head's Airflow runs on Python {needed}, which was not found on this host.",
            hint=Hint(line=f"uv python install {needed}"),
            code="python",
        )
