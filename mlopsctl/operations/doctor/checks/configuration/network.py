"""The addresses on which the home listens."""

import ipaddress
from collections.abc import Iterator

from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Verdict
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import DoctorContext


def check_listening(context: DoctorContext) -> Iterator[Finding]:
    host = context.platform.settings.api_host
    if not _is_loopback(host):
        yield Finding(
            f"Airflow's API listens on {host}, so that other machines can reach it.",
            Hint.of("setup", "--api-host", "127.0.0.1"),
            Verdict.WARNING,
        )
    own = {process.pid for process in context.processes}
    for socket in context.listening_sockets:
        address = socket.laddr
        if socket.pid in own and not _is_loopback(address.ip) and address.ip != host:
            message = f"process {socket.pid} of this home listens on {address.ip} port {address.port}."
            yield Finding(message, Hint.of("restart"))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


CHECKS = (
    Check(
        "listening", Group.CONFIGURATION, "The web page has no encryption, so only this machine should reach it.",
        check_listening,
    ),
)  # fmt: skip
