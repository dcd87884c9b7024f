"""The agent of a host, with the API of its head."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from mlopsctl.adapters.head.client import HeadClient
from mlopsctl.adapters.tls import authority
from mlopsctl.adapters.tls.authority import Authority, read_certificate
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.workers import RENEWAL, REPORT_INTERVAL, Report, Wanted
from mlopsctl.operations.workers import dag_files, host
from mlopsctl.operations.workers.agent import Agent
from mlopsctl.operations.workers.registry import Registry
from tests.fake_clock import FakeClock
from tests.operations.workers.conftest import WorkerHost

LOG = "dag_id=d/run_id=r/task_id=t/attempt=1.log"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def agent(worker_host: WorkerHost, head_client: HeadClient, said: list[str]) -> Agent:
    return Agent(worker_host.platform, head_client, said.append, FakeClock())


@pytest.fixture
def registry(worker_host: WorkerHost) -> Registry:
    return Registry(worker_host.head.home)


def reported(registry: Registry) -> Report:
    report = registry.find("w1").report
    assert report
    return report


def write_log(worker_host: WorkerHost, text: str) -> None:
    file = worker_host.home.task_logs / LOG
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as log:
        log.write(text)


def test_it_reports_what_the_host_does(agent: Agent, registry: Registry, worker_host: WorkerHost) -> None:
    agent.step()
    report = reported(registry)
    assert (report.ready, report.running, report.slots, report.queues) == (True, True, 2, ("gpu",))
    assert abs(report.clock - time.time()) < 60 and report.certificate_ends > time.time() + RENEWAL
    worker_host.say("ending")
    agent.step()
    assert (reported(registry).ready, reported(registry).running) == (False, True)


def test_only_its_first_report_is_one_after_a_start(agent: Agent, registry: Registry) -> None:
    registry.want("w1", Wanted.STOP)
    agent.step()
    assert registry.find("w1").wanted is Wanted.RUN, "its services were started by hand"
    registry.want("w1", Wanted.STOP)
    agent.step()
    assert registry.find("w1").wanted is Wanted.STOP


def test_it_fetches_dag_files_that_changed(agent: Agent, registry: Registry, worker_host: WorkerHost) -> None:
    file = worker_host.head.home.dags / "daily.py"
    for text in ("x = 1\n", "x = 22\n"):
        file.write_text(text)
        agent.step()
        assert (worker_host.home.dags / "daily.py").read_text() == text
    agent.step()
    assert reported(registry).dags_revision == worker_host.home.dags.readlink().name


def test_it_starts_a_worker_that_does_not_run(agent: Agent, worker_host: WorkerHost) -> None:
    (worker_host.head.home.dags / "daily.py").write_text("x = 1\n")
    worker_host.services.alive.pop("worker")
    agent.step()
    assert worker_host.services.told == [("start", "worker")]
    agent.step()
    assert worker_host.services.told == [("start", "worker")]


@pytest.mark.parametrize("wanted", [Wanted.DRAIN, Wanted.STOP])
def test_a_worker_is_told_once_to_end_and_its_tasks_are_waited_for(
    agent: Agent, registry: Registry, worker_host: WorkerHost, wanted: Wanted
) -> None:
    agent.step()
    registry.want("w1", wanted)
    agent.step()
    worker_host.say("ending")
    agent.step()
    assert worker_host.services.told == [("begin_stop", "worker")]
    worker_host.services.alive.pop("worker")
    agent.step()
    assert worker_host.services.told[1:] == ([("shutdown",)] if wanted is Wanted.STOP else [])


def test_logs_arrive_and_are_not_sent_twice(agent: Agent, worker_host: WorkerHost) -> None:
    for text in ("one\n", "two\n"):
        write_log(worker_host, text)
        agent.step()
    assert (worker_host.head.home.task_logs / f"{LOG}.w1.log").read_text() == "one\ntwo\n"


def test_a_log_that_the_head_refuses_does_not_keep_the_host_from_reporting(
    agent: Agent, registry: Registry, worker_host: WorkerHost, said: list[str]
) -> None:
    write_log(worker_host, "one\n")
    refused = worker_host.home.task_logs / "dag_id=d/a\nb.log"
    refused.write_text("x")
    agent.step()
    assert reported(registry).ready
    assert (worker_host.head.home.task_logs / f"{LOG}.w1.log").read_text() == "one\n"
    before = len(said)
    agent.step()
    assert before and len(said) == before, "it is said once"


class Slow(HeadClient):
    """To send a log takes as long as a task needs to write more."""

    meanwhile: Callable[[], Any]

    def send_log(self, path: str, offset: int, content: bytes) -> int:
        type(self).meanwhile()
        return super().send_log(path, offset, content)


def test_tasks_that_write_all_the_time_do_not_keep_the_host_from_reporting(
    agent: Agent, registry: Registry, worker_host: WorkerHost, head_client: HeadClient
) -> None:
    clock = agent.clock

    def grow() -> None:
        clock.sleep(0.1)
        write_log(worker_host, "more\n")

    Slow.meanwhile = staticmethod(grow)
    agent.client = Slow(head_client.port, head_client.token)
    write_log(worker_host, "one\n")
    agent.step()
    assert reported(registry).ready and clock.monotonic() <= REPORT_INTERVAL + 1
    Slow.meanwhile = staticmethod(lambda: None)
    agent.step()
    sent = worker_host.head.home.task_logs / f"{LOG}.w1.log"
    assert sent.read_text() == (worker_host.home.task_logs / LOG).read_text()


def test_a_host_does_what_it_is_told_also_without_dag_files(
    agent: Agent, registry: Registry, worker_host: WorkerHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dag_files, "MAX_BYTES", 1)
    (worker_host.head.home.dags / "daily.py").write_text("x = 1\n")
    agent.step()
    registry.want("w1", Wanted.DRAIN)
    agent.step()
    assert worker_host.services.told == [("begin_stop", "worker")]


def test_a_damaged_archive_does_not_keep_a_host_from_ending_its_worker(
    agent: Agent, registry: Registry, worker_host: WorkerHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent.step()
    (worker_host.head.home.dags / "new.py").write_text("x = 1\n")
    registry.want("w1", Wanted.DRAIN)
    monkeypatch.setattr(HeadClient, "dags", lambda _: ("abc", b"nonsense"))
    with pytest.raises(MlopsctlError):
        agent.step()
    assert worker_host.services.told == [("begin_stop", "worker")]


def test_a_certificate_is_renewed_before_it_ends(
    agent: Agent, worker_host: WorkerHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, days = host.identity(worker_host.home), RENEWAL / 86400 - 1
    with monkeypatch.context() as short:
        short.setattr(authority, "HOST_DAYS", days)
        request = authority.request_for(own.key.read_bytes(), "w1")
        Authority(worker_host.head.home.authority).revoke("w1")
        own.certificate.write_bytes(Authority(worker_host.head.home.authority).sign(request, "w1").pem)
    key, before = own.key.read_bytes(), own.certificate.read_bytes()
    agent.step()
    renewed = read_certificate(own.certificate.read_bytes())
    assert (own.key.read_bytes(), renewed.name) == (key, "w1")
    assert renewed.ends > read_certificate(before).ends
    assert worker_host.services.told == [("stop", "tunnel"), ("start", "tunnel")]
    agent.step()
    assert read_certificate(own.certificate.read_bytes()) == renewed


def test_a_head_that_is_away_is_named_once_and_so_is_its_return(
    agent: Agent, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise Unavailable("the head does not answer: refused.")

    class Ended(Exception):
        """The agent runs for ever."""

    clock = FakeClock()
    agent.clock = clock
    with monkeypatch.context() as broken:
        broken.setattr(HeadClient, "report", away)
        clock.after(REPORT_INTERVAL * 3, broken.undo)

        def end() -> None:
            raise Ended

        clock.after(REPORT_INTERVAL * 6, end)
        with pytest.raises(Ended):
            agent.run()
    named = [line for line in said if "answer" in line]
    assert len(named) == 2 and "does not answer" in named[0]


def test_a_removed_host_says_so(agent: Agent, registry: Registry) -> None:
    agent.step()
    registry.remove("w1")
    with pytest.raises(MlopsctlError) as raised:
        agent.step()
    assert raised.value.code == "removed" and raised.value.hint


def test_a_worker_that_does_not_run_is_reported(agent: Agent, registry: Registry, worker_host: WorkerHost) -> None:
    worker_host.services.alive.clear()
    agent.step()
    report = reported(registry)
    assert (report.running, report.ready, report.started, report.version, report.tasks) == (False, False, 0, "", ())
