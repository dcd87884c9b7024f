"""After a change of packages: let other hosts get them, and wait until they take tasks again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Deadline
from mlopsctl.core.workers import Wanted, Worker
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services.hold import Hold
from mlopsctl.operations.workers import shared
from mlopsctl.operations.workers.registry import Registry

TIMEOUT = 300.0  # seconds; a host that needs longer goes on by itself
POLL_INTERVAL = 0.5


@dataclass(frozen=True)
class HostsStep:
    """`hold`: which kept tasks from starting until now."""

    platform: Platform
    hold: Hold
    name: str = "hosts"
    needs: Sequence[str] = ("start",)
    clock: Clock = SYSTEM_CLOCK

    def todo(self) -> str:
        behind = self._behind() if self.hold.is_on else []
        names = ", ".join(worker.host for worker in behind)
        return f"let {names} get the packages of this machine" if names else ""

    def _behind(self) -> list[Worker]:
        """The hosts that report, are to take tasks and cannot yet."""
        hosts = Registry(self.platform.home).reporting()
        reporting = [(worker, report) for worker, report in hosts if worker.wanted is Wanted.RUN]
        if not reporting:  # without hosts, the secrets that they get may not have been made yet
            return []
        revision = shared.content(self.platform)["revision"]
        return [worker for worker, report in reporting if not (report.revision == revision and report.ready)]

    def do(self) -> Iterator[str]:
        self.hold.end()
        deadline = Deadline(TIMEOUT, self.clock)
        while (behind := self._behind()) and not deadline.expired:
            yield "waiting for " + ", ".join(map(_name, behind))
            self.clock.sleep(POLL_INTERVAL)

    def detail(self) -> str:
        behind = ", ".join(map(_name, self._behind()))
        return f"not ready yet: {behind}" if behind else "those that have joined have the packages of this machine"


def _name(worker: Worker) -> str:
    return f"{worker.host} ({worker.report.problem})" if worker.report and worker.report.problem else worker.host
