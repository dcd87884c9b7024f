"""The certificates of a platform with workers: that none is missing, has ended or ends soon."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mlopsctl.core.hint import NO_HINT, Hint
from mlopsctl.core.paths import AGENT, TUNNEL
from mlopsctl.core.states import ServiceAction, Verdict
from mlopsctl.core.workers import RENEWAL
from mlopsctl.operations.doctor.check import Check, Finding, Group, Scope
from mlopsctl.operations.doctor.checks.services.running import change_services
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext
from mlopsctl.operations.workers import head, host
from mlopsctl.operations.workers.registry import Registry

if TYPE_CHECKING:
    from mlopsctl.adapters.tls.authority import Authority

SOON = timedelta(days=14)  # before this, a host that can reach the head has renewed its own
SOON_AUTHORITY = timedelta(days=90)  # all hosts have to join again
_JOIN_AGAIN = Hint.of("uninstall", "--purge").followed_by("worker", "join", "TOKEN")


@dataclass(frozen=True)
class Term:
    """When a certificate, named by `owner`, ends."""

    owner: str
    ends: datetime
    remedy: Hint
    fixable: bool = False
    soon: timedelta = SOON

    def finding(self, now: datetime) -> Finding | None:
        """None if it ends later than soon."""
        if self.ends > now + self.soon:
            return None
        ended, day = self.ends <= now, f"{self.ends:%Y-%m-%d %H:%M} UTC"
        message = f"{self.owner} {'ended at' if ended else 'ends at'} {day}."
        verdict = Verdict.ERROR if ended else Verdict.WARNING
        return Finding(message, self.remedy, verdict, fixable=self.fixable, key=self.owner)


def check_certificates(context: DoctorContext) -> Iterator[Finding]:
    settings, now = context.platform.settings, datetime.now(UTC)
    if not settings.head and not settings.listen_address:
        raise CheckSkipped("no other machine can join")
    missing = list(_missing(context))
    yield from missing
    if missing:
        return
    for term in _terms_of_host(context) if settings.head else _terms_of_head(context):
        if finding := term.finding(now):
            yield finding


def _missing(context: DoctorContext) -> Iterator[Finding]:
    home, is_host = context.platform.home, bool(context.platform.settings.head)
    own = host.identity(home) if is_host else head.identity(home)
    authority = [] if is_host else [home.authority / "ca.key", home.authority / "revoked.pem"]
    for path in (own.authority, *authority):
        if not path.exists():
            yield Finding(f"{path} is missing.", _JOIN_AGAIN if is_host else _restore(path), fixable=False)
    if lost := [path for path in (own.certificate, own.key) if not path.exists()]:
        hint = _JOIN_AGAIN if is_host else NO_HINT
        yield Finding(f"{lost[0]} is missing.", hint, fixable=not is_host)


def _restore(path: Path) -> Hint:
    return Hint(line=f"cp BACKUP/secrets/ca/{path.name} {shlex.quote(str(path))}")


def _terms_of_head(context: DoctorContext) -> Iterator[Term]:
    from mlopsctl.adapters.tls.authority import Authority, read_certificate

    home = context.platform.home
    authority, own = Authority(home.authority), head.identity(home)
    yield from _terms_of_authority(context, authority)
    ends = read_certificate(own.certificate.read_bytes()).ends
    yield Term("the certificate of the head", ends, NO_HINT, fixable=True, soon=timedelta(seconds=RENEWAL))
    for worker in Registry(home).workers():
        if worker.report:
            ends = datetime.fromtimestamp(worker.report.certificate_ends, UTC)
            hint = Hint.on_host(worker.host, "logs", "agent", note="it shows why it is not renewed")
            if ends <= datetime.now(UTC):
                hint = Hint.of("worker", "remove", worker.host, note="then let it join again with a new token")
            yield Term(f"the certificate of {worker.host}", ends, hint)


def _terms_of_authority(context: DoctorContext, authority: "Authority") -> Iterator[Term]:
    from mlopsctl.adapters.tls.authority import read_certificate

    folders = shlex.join([str(context.home.authority), str(context.home.tunnel)])
    note = "then let all hosts join again, each with a token of:"
    hint = Hint(("setup",), line=f"rm -r {folders}", note=note, other=("worker", "token"))
    ends = read_certificate(authority.certificate.read_bytes()).ends
    yield Term("the certificate of the authority", ends, hint, soon=SOON_AUTHORITY)
    if authority.revoked_ends < ends:
        yield Term("the list of revoked certificates", authority.revoked_ends, hint, soon=SOON_AUTHORITY)


def _terms_of_host(context: DoctorContext) -> Iterator[Term]:
    from mlopsctl.adapters.tls.authority import read_certificate

    own = host.identity(context.platform.home)
    ends = read_certificate(own.certificate.read_bytes()).ends
    ended = ends <= datetime.now(UTC)
    hint = _JOIN_AGAIN if ended else Hint.of("logs", AGENT, note="shows why it is not renewed")
    yield Term("the certificate of this host", ends, hint)
    ends = read_certificate(own.authority.read_bytes()).ends
    yield Term("the certificate of the authority", ends, _JOIN_AGAIN, soon=SOON_AUTHORITY)


def renew_head(context: DoctorContext, _finding: Finding) -> Iterator[str]:
    """Worker hosts accept the new one: it is of the same authority."""
    head.renew(context.platform.home)
    yield "made a new certificate for the head"
    if context.platform.supervisor.running():
        yield from change_services(context, ServiceAction.RESTART, (TUNNEL,))


CHECKS = (
    Check(
        "certificates", Group.WORKERS, "Without a valid certificate, a host cannot connect to the head.",
        check_certificates, renew_head, Scope.WORKERS,
    ),
)  # fmt: skip
