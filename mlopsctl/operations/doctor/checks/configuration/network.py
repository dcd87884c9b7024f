"""The addresses on which the home listens."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Verdict
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import DoctorContext


def check_listening(context: DoctorContext) -> Iterator[Finding]:
    settings = context.platform.settings
    host, (_, open_port) = settings.api_host, settings.listen_address or ("", 0)
    if not _is_loopback(host) and not settings.head:
        yield Finding(
            f"Airflow's API listens on {host}, so that other machines can reach it.",
            Hint.of("setup", "--api-host", "127.0.0.1"),
            Verdict.WARNING,
        )
    own = {process.pid: process for process in context.processes}
    for socket in context.listening_sockets:
        address = socket.laddr
        if socket.pid not in own or _is_loopback(address.ip) or address.ip == host or address.port == open_port:
            continue  # that of the tunnel, which demands a certificate: see the check `tunnel`
        message = f"{_name(own[socket.pid])} of this home listens on {address.ip} port {address.port}, without TLS."
        yield Finding(message, Hint.of("restart"))


def _name(process: Any) -> str:
    """`redis-server (process 81)`."""
    import psutil

    try:
        return f"{process.name()} (process {process.pid})"
    except psutil.Error:
        return f"process {process.pid}"  # it has ended since


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


CHECKS = (
    Check(
        "listening", Group.CONFIGURATION, "Services have no encryption, so only this machine should reach them.",
        check_listening,
    ),
)  # fmt: skip
