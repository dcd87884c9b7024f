"""What the agent of a worker host does, again and again: report to the head and do what it answers, fetch changed DAG
files and other packages or settings, send what was added to the logs of tasks, and renew the certificate."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from threading import Thread
from typing import Any

from mlopsctl.adapters.files import write_bytes
from mlopsctl.adapters.head.client import REMOVED, SHORT_TIMEOUT, Answer, HeadClient
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.paths import TUNNEL, WORKER
from mlopsctl.core.states import ServiceState
from mlopsctl.core.workers import RENEWAL, REPORT_INTERVAL, Report, Wanted
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers import agent_state, host, membership
from mlopsctl.operations.workers.agent_state import AgentState
from mlopsctl.operations.workers.dag_files import ReceivedDagFiles
from mlopsctl.operations.workers.task_logs import SentLogs

CLEANING = 3600.0  # seconds between two removals of old logs
UPDATE_AGAIN = 30.0  # seconds after an update that failed
LONGEST_PROBLEM = 200  # characters


@dataclass
class Agent:
    """`say`: writes a line to the agent's log. `update`: gives this host what the head shares, see
    operations/join/follow.py."""

    platform: Platform
    client: HeadClient
    say: Callable[[str], None]
    clock: Clock = SYSTEM_CLOCK
    update: Callable[[Mapping[str, Any]], Iterator[str]] = lambda _: iter(())
    _update: Thread | None = None
    _update_ended: float = -math.inf
    _update_problem: str = ""
    _is_updated: bool = False
    _logs: SentLogs = field(init=False)
    _first: bool = True
    _cleaned: float = 0.0
    _problem: str = ""

    def __post_init__(self) -> None:
        self._logs = SentLogs(self.platform.home.task_logs)

    @property
    def _dags(self) -> ReceivedDagFiles:
        return host.dag_files(self.platform.home)

    def run(self) -> None:
        """Until this process gets a signal to end, or has to restart with other settings. What fails is tried again,
        and named once."""
        try:
            while not self._is_updated:
                try:
                    self.step()
                    self._name("")
                except (MlopsctlError, OSError) as e:
                    self._name(str(e))
                self.clock.sleep(REPORT_INTERVAL)
        except SystemExit:
            self.leave()
            raise

    def _name(self, problem: str) -> None:
        if problem != self._problem:
            self.say(problem or "the head answers again")
            agent_state.save(self.platform.home, replace(agent_state.load(self.platform.home), problem=problem))
        self._problem = problem

    def leave(self) -> None:
        """Send what is left of the logs, and say that no report follows. Without a head that answers, it will miss the
        reports."""
        self.client = replace(self.client, answer_timeout=SHORT_TIMEOUT)
        try:
            self.send_logs()
            self.client.report(replace(self.report(), last=True))
        except (MlopsctlError, OSError) as e:
            self.say(f"the head was not told that this host stops: {e}")

    def step(self) -> None:
        """Raises MlopsctlError if the head does not answer, or removed this host."""
        self.send_logs()
        report, before = self.report(), agent_state.load(self.platform.home)
        answer = self.client.report(report)
        self._first = False
        is_new = (before.wanted, before.ordered) != (answer.wanted, answer.ordered)
        try:
            self._update_dags(answer, report)
            self._follow(answer, report)
        finally:  # a host must end its worker when the head wants that, also if it gets no DAG files
            self.obey(answer, report, is_new)
            state = AgentState(report.clock, report.ready, answer.wanted, answer.ordered)
            agent_state.save(self.platform.home, state)
        self._renew(report)

    def _update_dags(self, answer: Answer, report: Report) -> None:
        """Nothing if the head cannot say which revision it has."""
        if answer.dags_revision in ("", report.dags_revision):
            return
        revision, archive = self.client.dags()
        self._dags.take(revision, archive)
        self.say(f"DAG files of revision {revision}")

    def report(self) -> Report:
        return replace(host.report(self.platform), first=self._first, problem=self._update_problem)

    def _follow(self, answer: Answer, report: Report) -> None:
        """Get other packages and settings of the head when the worker has ended. Reports go on meanwhile."""
        if answer.revision in ("", report.revision) or report.running or answer.wanted is Wanted.STOP:
            return
        is_running = self._update is not None and self._update.is_alive()
        if not is_running and self.clock.monotonic() - self._update_ended > UPDATE_AGAIN:
            self.say(f"the head has other packages or settings, revision {answer.revision}")
            self._update = Thread(target=self._take, args=(self.client.shared(),), daemon=True)
            self._update.start()

    def _take(self, shared: Mapping[str, Any]) -> None:
        try:
            for _ in self.update(shared):
                pass
            self._is_updated = True
        except (MlopsctlError, OSError) as e:
            self.say(f"the packages and settings of the head cannot be used: {e}")
            self._update_problem = "".join(filter(str.isprintable, " ".join(str(e).split())))[:LONGEST_PROBLEM]
        self._update_ended = self.clock.monotonic()

    def obey(self, answer: Answer, report: Report, is_new: bool) -> None:
        """Start the worker, or end it without a limit of time: its tasks end first. It is not waited for. Without a new
        order (`is_new`), a worker that was stopped by hand stays stopped."""
        supervisor = self.platform.supervisor
        is_new = is_new or self._worker_failed()
        if answer.wanted is Wanted.RUN and is_new and not report.running and self._dags.revision:
            self.say("starting the worker")
            self.platform.before_start(self.platform, WORKER)
            supervisor.start(WORKER)
        elif answer.wanted is not Wanted.RUN and report.ready:
            self.say(f"the worker takes no more tasks ({answer.wanted})")
            supervisor.begin_stop(WORKER)
        elif answer.wanted is Wanted.STOP and not report.running:
            self.say("the worker has ended, and with it the services of this host")
            supervisor.shutdown()

    def _worker_failed(self) -> bool:
        """Whether supervisord has given it up."""
        status = self.platform.supervisor.states().get(WORKER)
        return bool(status and status.state is ServiceState.FATAL)

    def send_logs(self) -> None:
        """For the time between two reports at most: tasks that write all the time must not keep the host from
        reporting."""
        end = self.clock.monotonic() + REPORT_INTERVAL
        for path, offset, content in self._unsent():
            self._send_log(path, offset, content)
            if self.clock.monotonic() > end:
                break
        if self.clock.monotonic() - self._cleaned > CLEANING:
            self._logs.remove_old(time.time())
            self._cleaned = self.clock.monotonic()

    def _unsent(self) -> Iterator[tuple[str, int, bytes]]:
        """One part of each file, again and again until there is no more."""
        more = True
        while more:
            more = False
            for part in self._logs.parts():
                more = True
                yield part

    def _send_log(self, path: str, offset: int, content: bytes) -> None:
        """Raises Unavailable if the head does not answer. That it refuses one file must not keep this host from
        reporting."""
        try:
            self._logs.sent(path, self.client.send_log(path, offset, content))
        except Unavailable:
            raise
        except MlopsctlError as e:
            if e.code == REMOVED:
                raise
            self._logs.refused(path)
            self.say(f"the log {path} is not sent: {e}")

    def _renew(self, report: Report) -> None:
        """Before the certificate ends."""
        if report.certificate_ends > time.time() + RENEWAL:
            return
        from mlopsctl.adapters.tls.authority import request_for

        own = host.identity(self.platform.home)
        # For the same key: a new one would not fit the certificate if this process were killed between both files.
        request = request_for(own.key.read_bytes(), membership.load(self.platform.home).name)
        write_bytes(own.certificate, self.client.renew(request))
        self.platform.supervisor.stop(TUNNEL)
        self.platform.supervisor.start(TUNNEL)
        self.say("the certificate was renewed")
