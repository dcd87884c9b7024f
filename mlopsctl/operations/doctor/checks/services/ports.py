"""The ports of the services."""

from collections.abc import Iterator

from mlopsctl.core.hint import Hint
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import DoctorContext


def check_ports(context: DoctorContext) -> Iterator[Finding]:
    settings = context.platform.settings
    ports = {"api-server": settings.api_port}
    ports |= {} if settings.external_feature_store else {"mariadb": settings.mariadb_port}
    own = {process.pid for process in context.processes}
    for service, port in ports.items():
        for pid in sorted({s.pid or 0 for s in context.listening_sockets if s.laddr.port == port} - own):
            if owner := _describe(pid):
                hint = Hint.of("setup", note="takes the next free port")
                yield Finding(f"port {port} of {service} is used by {owner}.", hint)


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
