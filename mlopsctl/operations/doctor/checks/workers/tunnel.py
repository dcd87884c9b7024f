"""The tunnel between the head and worker hosts."""

from collections.abc import Iterator

from mlopsctl.adapters.files import write_if_changed
from mlopsctl.core.paths import TUNNEL
from mlopsctl.core.states import ServiceAction
from mlopsctl.operations.doctor.check import Check, Finding, Group, Scope
from mlopsctl.operations.doctor.checks.services.running import change_services
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext
from mlopsctl.operations.workers import head, host


def check_tunnel(context: DoctorContext) -> Iterator[Finding]:
    conf = context.platform.home.tunnel_conf
    if not (desired := _desired(context)):
        raise CheckSkipped("no other machine can join")
    if not conf.exists() or conf.read_text(encoding="utf-8") != desired:
        yield Finding(f"{conf} is not what setup writes.")


def _desired(context: DoctorContext) -> str:
    """The text of the configuration; empty if no other machine is to reach this one."""
    platform = context.platform
    text = host.tunnel_conf if platform.settings.head else head.tunnel_conf
    return text(platform.home, platform.settings)


def fix_tunnel(context: DoctorContext, _finding: Finding) -> Iterator[str]:
    conf = context.platform.home.tunnel_conf
    write_if_changed(conf, _desired(context))
    yield f"wrote {conf}"
    if context.platform.supervisor.running():
        yield from change_services(context, ServiceAction.RESTART, (TUNNEL,))


CHECKS = (
    Check(
        "tunnel", Group.WORKERS, "The tunnel is all that keeps machines without a certificate from the services.",
        check_tunnel, fix_tunnel, Scope.WORKERS,
    ),
)  # fmt: skip
