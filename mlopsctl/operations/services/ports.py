"""Find free ports, and replace ports that are in use."""

import errno
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.settings import Settings

TRIED = 200  # ports from the wanted one on

# Ports that this process has chosen and no service listens on yet. Each is claimed by an abstract Unix socket, which
# another setup at the same time cannot bind, and which disappears with the process.
_claims: dict[int, socket.socket] = {}


def choose_ports(settings: Settings, is_own: Callable[[int], bool]) -> Settings:
    """The settings with each busy port replaced by the next free one. `is_own`: whether a service of this home uses
    it."""
    is_free(0, settings.api_host)  # raises if it is not an address of this machine
    if not is_own(settings.api_port):
        settings = replace(settings, api_port=next_free(settings.api_port, settings.api_host))
    if not settings.external_feature_store and not is_own(settings.mariadb_port):
        settings = replace(settings, mariadb_port=next_free(settings.mariadb_port))
    if not settings.has_workers:
        return settings
    for name in ("redis_port", "worker_api_port"):
        if not is_own(port := getattr(settings, name)):
            settings = settings.changed(**{name: next_free(port)})
    return settings


def next_free(port: int, host: str = "127.0.0.1") -> int:
    """The first port from `port` on that is free and that no other setup has claimed. Raises MlopsctlError."""
    candidates = range(port, min(port + TRIED, 65536))
    for candidate in candidates:
        if is_free(candidate, host) and _claim(candidate):
            return candidate
    raise MlopsctlError(f"no port from {port} to {candidates[-1]} is free.", hint=Hint.of("setup", "--api-port", "N"))


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a service could listen on it. Raises MlopsctlError if `host` is not an address of this machine."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((host, port))
        except OSError as e:
            if e.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise MlopsctlError(
                f"{host} is not an address of this machine.", hint=Hint.of("setup", "--api-host", "127.0.0.1")
            ) from e
    return True


def _claim(port: int) -> bool:
    if port in _claims:
        return True
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0mlopsctl-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims[port] = claim
    return True
