"""Drain, start, stop and remove worker hosts."""

import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlopsctl.adapters.tls.authority import Authority
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import TUNNEL, WORKER
from mlopsctl.core.workers import Wanted, WorkerState
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers.registry import Registry

POLL_INTERVAL = 0.5
REACHED = {
    Wanted.RUN: (WorkerState.READY,),
    Wanted.DRAIN: (WorkerState.DRAINED,),
    Wanted.STOP: (WorkerState.STOPPED, WorkerState.DEAD),  # after its last report it says nothing more
}


def check(platform: Platform, host: str) -> None:
    """Raises MlopsctlError for a host that has not joined."""
    if host == socket.gethostname():
        hint = Hint.of("stop", WORKER, note="or start")
        raise MlopsctlError(f"{host} is this machine: its worker is a service here.", hint=hint, code="no-worker")
    Registry(platform.home).find(host)


def _silent(host: str) -> MlopsctlError:
    message = f"{host} does not report: its services do not run, or it does not reach this machine."
    return MlopsctlError(message, hint=Hint.on_host(host, "start"), code="worker-dead")


@dataclass(frozen=True)
class ChangeStep:
    """Tell a host what to do, and wait until it has done it. A host that is dead is not waited for, unless it is to
    start."""

    platform: Platform
    host: str
    wanted: Wanted
    needs: Sequence[str] = ()
    clock: Clock = SYSTEM_CLOCK

    @property
    def name(self) -> str:
        return self.host

    @property
    def _state(self) -> WorkerState:
        return Registry(self.platform.home).find(self.host).state(time.time())

    def todo(self) -> str:
        worker = Registry(self.platform.home).find(self.host)
        done = worker.wanted is self.wanted and self._state in REACHED[self.wanted]
        return "" if done else self.wanted

    def do(self) -> Iterator[str]:
        Registry(self.platform.home).want(self.host, self.wanted)
        while (state := self._state) not in REACHED[self.wanted]:
            if Registry(self.platform.home).find(self.host).is_silent(time.time()):
                if self.wanted is Wanted.RUN:
                    raise _silent(self.host)
                return
            busy = self._busy()
            yield f"{state}, {busy} tasks at work" if busy else state
            self.clock.sleep(POLL_INTERVAL)

    def _busy(self) -> int:
        report = Registry(self.platform.home).find(self.host).report
        return len(report.tasks) if report else 0

    def detail(self) -> str:
        return self._state


@dataclass(frozen=True)
class RemoveStep:
    """Revoke the certificates of a host, and restart the tunnel, which would keep open connections. The host is
    forgotten last, so that the command can be run again if it was killed."""

    platform: Platform
    host: str
    needs: Sequence[str] = ()
    name: str = "remove"

    def todo(self) -> str:
        return f"revoke the certificate of {self.host}"

    def do(self) -> Iterator[str]:
        yield "revoking its certificate"
        Authority(self.platform.home.authority).revoke(self.host)
        if self.platform.supervisor.start_time(TUNNEL):
            yield "restarting the tunnel"
            self.platform.supervisor.stop(TUNNEL)
            self.platform.supervisor.start(TUNNEL)
        Registry(self.platform.home).remove(self.host)

    def detail(self) -> str:
        return f"{self.host} cannot connect any more"
