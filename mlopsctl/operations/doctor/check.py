"""A check, a finding, and the result of a check."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mlopsctl.core.hint import NO_HINT, Hint
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import Verdict
from mlopsctl.operations.doctor.context import DoctorContext


class Group(StrEnum):
    """What a check is about. Groups are shown in this order."""

    MACHINE = "machine"
    INSTALLATION = "installation"
    CONFIGURATION = "configuration"
    SERVICES = "services"
    WORKERS = "workers"
    DAGS = "dags"
    RUNS = "runs"
    DATA = "data"


class Scope(StrEnum):
    """The homes that have what a check looks at. `PLATFORM`: all but those of worker hosts. `HEAD`: platforms with
    workers. `WORKERS`: these, and worker hosts."""

    ANY = "any"
    PLATFORM = "platform"
    HEAD = "head"
    WORKERS = "workers"
    WORKER_HOST = "worker host"

    def has(self, settings: Settings) -> bool:
        """Whether a home with these settings is one of them."""
        is_host = bool(settings.head)
        return {
            Scope.ANY: True,
            Scope.PLATFORM: not is_host,
            Scope.HEAD: settings.has_workers and not is_host,
            Scope.WORKERS: settings.has_workers,
            Scope.WORKER_HOST: is_host,
        }[self]


# On a worker host, DAG files are a copy; the head has the runs, and the data.
OF_PLATFORMS = (Group.DAGS, Group.RUNS, Group.DATA)


@dataclass(frozen=True)
class Finding:
    """One problem. `message`: a sentence with the reason. `hint`: how to solve it; by default, `doctor --fix` where the
    finding can be fixed. `details`: what the fix needs to know. `fixable`: whether the check's fix applies to this
    finding. `key`: identifies the finding when the check runs again; needed if the message contains a duration or a
    count that changes meanwhile."""

    message: str
    hint: Hint = NO_HINT
    verdict: Verdict = Verdict.ERROR
    details: Any = None
    fixable: bool = True
    key: str = ""


@dataclass(frozen=True)
class Check:
    """`why`: a sentence that says why the check matters. `inspect` changes nothing; it raises CheckSkipped if something
    that it needs is missing, MlopsctlError if it cannot find out, which counts as a finding. `fix` repairs one finding
    and yields a message for each thing it does, the last of them a summary; it changes only the home, and only what is
    safe to change. It raises MlopsctlError. `scope`: on other homes, the check is left out."""

    name: str
    group: Group
    why: str
    inspect: Callable[[DoctorContext], Iterable[Finding]]
    fix: Callable[[DoctorContext, Finding], Iterator[str]] | None = None
    scope: Scope = Scope.ANY

    def why_left_out(self, settings: Settings) -> str:
        """Why a home with these settings does not have what is checked; empty if it has."""
        scope = Scope.PLATFORM if self.group in OF_PLATFORMS else self.scope
        if scope.has(settings):
            return ""
        if settings.head:
            return "this is a worker host"
        return "this is not a worker host" if scope is Scope.WORKER_HOST else "this platform has no workers"


@dataclass(frozen=True)
class CheckResult:
    """One per finding of a check; exactly one if it is ok, or if it was skipped, with the reason as `message`."""

    check: Check
    verdict: Verdict
    message: str = ""
    hint: Hint = NO_HINT
    finding: Finding | None = None
    fixed: bool = False

    @property
    def key(self) -> str:
        return (self.finding.key if self.finding else "") or self.message

    @property
    def failed(self) -> bool:
        return self.verdict in (Verdict.ERROR, Verdict.WARNING)

    @property
    def inconclusive(self) -> bool:
        """Whether the check could not run to its end: there may be problems that it did not find."""
        return not self.finding and self.verdict is not Verdict.OK

    @property
    def fixable(self) -> bool:
        return bool(self.finding and self.finding.fixable and self.check.fix)

    def is_among(self, others: Iterable["CheckResult"]) -> bool:
        """Whether the same finding is in `others`."""
        return any(other.check.name == self.check.name and other.key == self.key for other in others)
