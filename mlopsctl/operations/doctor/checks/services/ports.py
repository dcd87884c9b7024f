"""The ports of the services."""

from collections.abc import Iterator

from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import BROKER, TUNNEL, WORKER_API, Home
from mlopsctl.core.settings import Settings
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import DoctorContext
from mlopsctl.operations.workers import membership


def check_ports(context: DoctorContext) -> Iterator[Finding]:
    own = {process.pid for process in context.processes}
    for port, service in _ports(context.platform.home, context.platform.settings).items():
        for pid in sorted({s.pid or 0 for s in context.listening_sockets if s.laddr.port == port} - own):
            if owner := _describe(pid):
                yield Finding(f"port {port} of {service} is used by {owner}.", _remedy(service, port))


def _remedy(service: str, port: int) -> Hint:
    """Other hosts know the ports of the tunnel: they cannot be changed here alone."""
    if service != TUNNEL:
        return Hint.of("setup", note="takes the next free port")
    line = f"ss -ltnp 'sport = :{port}'"
    return Hint(line=line, note="shows that program; after its end:", other=("start", TUNNEL))


def _ports(home: Home, settings: Settings) -> dict[int, str]:
    """By port, the service that listens on it."""
    if settings.head:
        return {route.port: TUNNEL for route in membership.load(home).routes}
    ports = {settings.api_port: "api-server"}
    ports |= {} if settings.external_feature_store else {settings.mariadb_port: "mariadb"}
    ports |= {settings.redis_port: BROKER} if settings.has_workers else {}
    if settings.listen_address:
        ports |= {settings.worker_api_port: WORKER_API, settings.listen_address[1]: TUNNEL}
    return ports


def _describe(pid: int) -> str:
    """Empty if the process has ended since. `pid`: 0 if the system hides it."""
    import psutil

    try:
        return f"{psutil.Process(pid).name()} (process {pid})" if pid else "a program of another account"
    except psutil.Error:
        return ""


CHECKS = (
    Check("ports", Group.SERVICES, "A service cannot start while another program uses its port.", check_ports),
)  # fmt: skip
