"""stunnel's configuration. The services of the head listen on loopback only; the tunnel is the one listener that other
machines reach. A worker host has the same services on the same ports of its own loopback, so that an address such as
127.0.0.1:6379 means the same on all hosts.

Which service is meant is said by the name in TLS's SNI (RFC 6066): one port is enough for all.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters import process
from mlopsctl.adapters.supervisor.config import Program
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.workers import HEAD, OPEN_SOURCE, WORKER_SOURCE

# A connection whose other side is gone is noticed after 60 s. A kernel's default are two hours.
_KEEPALIVE = "".join(
    f"socket = {side}:{option}\n"
    for side in ("l", "r")
    for option in ("SO_KEEPALIVE=1", "TCP_KEEPIDLE=30", "TCP_KEEPINTVL=10", "TCP_KEEPCNT=3")
)


# Seconds: who has no certificate, or does not show it, must not occupy connections, of which there is a limited number.
OPEN_IDLE, HANDSHAKE = 60, 60
UNNAMED = "unnamed"  # the service for who does not say which


@dataclass(frozen=True)
class Address:
    """Where the tunnel of the head listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Route:
    """A service of the head, on a port of its loopback. `open_to_all`: also to hosts without a certificate."""

    name: str
    port: int
    open_to_all: bool = False

    @property
    def source(self) -> str:
        return OPEN_SOURCE if self.open_to_all else WORKER_SOURCE


@dataclass(frozen=True)
class Identity:
    """The files that a host shows: its certificate, the key of it, and the certificate of the authority."""

    certificate: Path
    key: Path
    authority: Path


def head_conf(address: Address, routes: Sequence[Route], identity: Identity, revoked: Path) -> str:
    """Of the head. The first route is taken by who names none, so that it must not be open to all.

    Sessions are not resumed: who resumes one shows no certificate, which may have been revoked meanwhile.
    """
    shown = f"cert = {identity.certificate}\nkey = {identity.key}\nsessionResume = no\nsslVersionMin = TLSv1.3\n"
    demanded = f"CAfile = {identity.authority}\nCRLfile = {revoked}\nverifyChain = yes\n"

    def service(name: str, taken_by: str, route: Route) -> str:
        limits = f"TIMEOUTidle = {OPEN_IDLE}\n" if route.open_to_all else demanded
        return f"\n[{name}]\n{taken_by}connect = 127.0.0.1:{route.port}\nlocal = {route.source}\n{shown}{limits}"

    # Under its own name, too: otherwise stunnel logs an error for each connection that names it.
    first = service(UNNAMED, f"accept = {address}\n", routes[0])
    return _common() + first + "".join(service(r.name, f"sni = {UNNAMED}:{r.name}\n", r) for r in routes)


def listens_on(conf: str) -> str:
    """The address in a configuration of the head."""
    found = re.search(r"^accept = (.*)$", conf, re.MULTILINE)
    return found[1] if found else ""


def worker_conf(address: Address, routes: Sequence[Route], identity: Identity) -> str:
    """Of a worker host, which connects to the head, and to no other host with a certificate of its authority."""
    services = (
        f"\n[{route.name}]\nclient = yes\naccept = 127.0.0.1:{route.port}\nconnect = {address}\nsni = {route.name}\n"
        f"cert = {identity.certificate}\nkey = {identity.key}\nCAfile = {identity.authority}\n"
        f"verifyChain = yes\ncheckHost = {HEAD}\nsslVersionMin = TLSv1.3\n"
        for route in routes
    )
    return _common() + "".join(services)


def _common() -> str:
    """Idle connections are kept for a week: a pool of connections to a database may have some."""
    return (
        f"; Written by mlopsctl; changes are overwritten.\nforeground = yes\npid =\ndebug = warning\n{_KEEPALIVE}"
        + f"TIMEOUTidle = 604800\nTIMEOUTbusy = {HANDSHAKE}\n"
    )


def program(conf: Path) -> Program:
    """The tunnel as a service. Raises MlopsctlError if stunnel is not installed."""
    return Program("tunnel", (find_stunnel(), str(conf)))


def find_stunnel() -> str:
    """Raises MlopsctlError."""
    if found := process.find_program("stunnel4") or process.find_program("stunnel"):
        return found
    hint = Hint(line="sudo apt-get install -y --no-install-recommends stunnel4")
    raise MlopsctlError("stunnel is not installed.", hint=hint, code="no-software")
