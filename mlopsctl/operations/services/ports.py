"""Which ports are free, and which to take instead of a busy one."""

import errno
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.settings import Settings

# What this process has chosen and nobody listens on yet: a name in the kernel, gone with the process, that another
# setup at the same moment finds taken.
_claims: dict[int, socket.socket] = {}


def choose_ports(settings: Settings, ours: Callable[[int], bool]) -> Settings:
    """The settings with each busy port replaced by the next free one. `ours`: whether a service of ours holds it."""
    is_free(0, settings.api_host)  # raises for what is no address of this machine
    if not ours(settings.api_port):
        settings = replace(settings, api_port=next_free(settings.api_port, settings.api_host))
    if not settings.external_feature_store and not ours(settings.mariadb_port):
        settings = replace(settings, mariadb_port=next_free(settings.mariadb_port))
    return settings


def next_free(port: int, host: str = "127.0.0.1") -> int:
    """`port`, or the first one after it on which nothing listens, and which no other setup is about to take."""
    for candidate in range(port, min(port + 200, 65536)):
        if is_free(candidate, host) and _claim(candidate):
            return candidate
    raise MlopsctlError(
        f"no port from {port} to {min(port + 199, 65535)} is free.", hint=Hint.of("setup", "--api-port", "N")
    )


def is_free(port: int, host: str = "127.0.0.1") -> bool:
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
    name = socket.socket(socket.AF_UNIX)
    try:
        name.bind(f"\0mlopsctl-port-{port}")
    except OSError:
        name.close()
        return False
    _claims[port] = name
    return True
