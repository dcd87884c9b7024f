import math
import socket
import stat
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.paths import Home
from mlopsctl.core.workers import SILENCE, Report, Wanted, Worker, WorkerState
from mlopsctl.operations.workers.registry import Registry, read_report

NOW = 1_000_000.0
REPORT = Report(
    True, True, 4, ("default", "gpu"), "3.3.2", "abc", NOW - 60, NOW, NOW + 10**6, ("task-1",), executors="X,Y"
)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(Home(tmp_path))


def test_a_host_is_recognised_by_its_token(registry: Registry) -> None:
    tokens = {host: registry.add(host) for host in ("w1", "w2")}
    found = {host: registry.authenticate(token) for host, token in tokens.items()}
    assert [worker.host for worker in found.values() if worker] == ["w1", "w2"]
    assert registry.authenticate("other") is None
    registry.remove("w1")
    assert registry.authenticate(tokens["w1"]) is None
    stored = [path for path in registry.home.workers.rglob("*") if path.is_file()]
    assert not any(token in path.read_text() for token in tokens.values() for path in stored)
    assert {stat.S_IMODE(path.stat().st_mode) for path in stored} == {0o600}


@pytest.mark.parametrize("text", ["", "\0" * 64, "{"])
def test_a_report_that_was_lost_with_the_power_is_none(registry: Registry, text: str) -> None:
    registry.add("w1")
    registry.report("w1", REPORT)
    (registry.home.workers / "w1/report.json").write_text(text)
    assert [worker.report for worker in registry.workers()] == [None]
    registry.report("w1", REPORT)
    assert registry.find("w1").report == REPORT


@pytest.mark.parametrize("token", ["", ":", "w1", "w1:", "../w1:x", "w1/../w2:x", "w9:x", "w1:wrong"])
def test_a_wrong_token_is_nobody_s(registry: Registry, token: str) -> None:
    own = {host: registry.add(host) for host in ("w1", "w2")}
    assert registry.authenticate(token) is None
    assert registry.authenticate(own["w1"].replace("w1:", "w2:")) is None


def test_reports_and_wishes_do_not_overwrite_each_other(registry: Registry) -> None:
    registry.add("w1")
    registry.report("w1", REPORT)
    registry.want("w1", Wanted.DRAIN)
    registry.report("w1", replace(REPORT, ready=False))
    worker = registry.find("w1")
    assert (worker.wanted, worker.report) == (Wanted.DRAIN, replace(REPORT, ready=False))
    assert abs(worker.reported - time.time()) < 5
    assert registry.workers() == [worker]


def test_a_report_that_came_while_a_host_was_removed_is_not_that_of_the_next_one(registry: Registry) -> None:
    registry.add("w1")
    registry.remove("w1")
    registry.report("w1", REPORT)
    registry.add("w1")
    assert registry.find("w1").report is None


@pytest.mark.parametrize("host", ["w9", "", "../..", "a/b", "-x", "."])
def test_an_unknown_host_is_an_error_that_names_the_others(registry: Registry, host: str) -> None:
    registry.add("w1")
    with pytest.raises(MlopsctlError, match="there are: w1") as caught:
        registry.find(host)
    assert caught.value.code == "no-worker"


@pytest.mark.parametrize("host", ["head", "Head", "join", "w1"])
def test_a_name_that_is_taken_is_refused(registry: Registry, host: str) -> None:
    registry.add("w1")
    with pytest.raises(MlopsctlError) as caught:
        registry.add(host)
    assert caught.value.code == "worker-exists"


def test_the_name_of_the_head_itself_is_refused(registry: Registry) -> None:
    with pytest.raises(MlopsctlError) as caught:
        registry.add(socket.gethostname())
    assert caught.value.code == "worker-exists"


def test_a_host_that_got_no_answer_joins_again_with_the_same_request(registry: Registry) -> None:
    first = registry.add("w1", "secret+request", ("gpu",))
    assert registry.granted("w1", "secret+request") == ("gpu",)
    for other in (("w1", "another"), ("w1", ""), ("w2", "secret+request")):
        assert registry.granted(*other) is None
    second = registry.add("w1", "secret+request", ("gpu",))
    assert (registry.authenticate(first), registry.authenticate(second)) == (None, registry.find("w1"))


def test_a_host_that_has_reported_does_not_join_again(registry: Registry) -> None:
    registry.add("w1", "secret+request")
    registry.report("w1", REPORT)
    assert registry.granted("w1", "secret+request") is None
    with pytest.raises(MlopsctlError):
        registry.add("w1", "secret+request")


@pytest.mark.parametrize("host", ["", "a b", "../x", "-x", ".x", "é"])
def test_an_invalid_name_is_refused(registry: Registry, host: str) -> None:
    with pytest.raises(UsageError):
        registry.add(host)


@pytest.mark.parametrize(
    ("wanted", "running", "ready", "state"),
    [
        (Wanted.RUN, True, True, WorkerState.READY),
        (Wanted.RUN, True, False, WorkerState.STARTING),
        (Wanted.RUN, False, False, WorkerState.STOPPED),
        (Wanted.DRAIN, True, False, WorkerState.DRAINING),
        (Wanted.DRAIN, False, False, WorkerState.DRAINED),
        (Wanted.STOP, True, True, WorkerState.STOPPING),
    ],
)
def test_the_state_of_a_host_that_reports(wanted: Wanted, running: bool, ready: bool, state: WorkerState) -> None:
    worker = Worker("w1", wanted, NOW, replace(REPORT, running=running, ready=ready), NOW)
    assert worker.state(NOW + SILENCE) is state
    assert worker.state(NOW + SILENCE + 1) is WorkerState.DEAD


def test_a_worker_that_was_stopped_on_its_host_ends_its_tasks() -> None:
    worker = Worker("w1", Wanted.RUN, NOW, replace(REPORT, ready=False, stopping=True), NOW)
    assert worker.state(NOW) is WorkerState.STOPPING


@pytest.mark.parametrize(("wanted", "last"), [(Wanted.STOP, False), (Wanted.RUN, True), (Wanted.DRAIN, True)])
def test_a_host_that_was_stopped_is_not_dead(wanted: Wanted, last: bool) -> None:
    worker = Worker("w1", wanted, NOW, replace(REPORT, running=False, ready=False, last=last), NOW)
    assert worker.state(NOW + SILENCE + 1) is WorkerState.STOPPED


def test_a_host_that_has_just_joined_is_starting() -> None:
    worker = Worker("w1", Wanted.RUN, NOW)
    assert [worker.state(NOW + wait) for wait in (1, SILENCE + 1)] == [WorkerState.STARTING, WorkerState.DEAD]
    again = replace(worker, joined=NOW + 100, report=REPORT, reported=NOW)
    assert again.state(NOW + 101) is WorkerState.STARTING


@pytest.mark.parametrize(
    "change",
    [
        {"running": True, "slots": "many"},
        *({"slots": slots} for slots in (0, -1, 1025, 10**9, 2.5, None)),
        *({"queues": queues} for queues in (None, ["gpu; reboot"], [""], [7], [["gpu"]])),
        {"clock": {}},
        {"clock": "1"},
        {"clock": math.inf},
        {"started": math.nan},
        {"version": "3.3.2\x1b[2J"},
        {"version": 3},
        {"dags_revision": "a\nb"},
        {"executors": "x" * 2000},
        {"tasks": ["a\0b"]},
        {"tasks": 5},
    ],
)
def test_nonsense_is_no_report(change: dict[str, object]) -> None:
    assert read_report(asdict(REPORT)) == REPORT
    with pytest.raises(UsageError):
        read_report(asdict(REPORT) | change)
    with pytest.raises(UsageError):
        read_report({})


def test_a_report_of_an_older_host_says_less() -> None:
    older = {name: value for name, value in asdict(REPORT).items() if name != "executors"}
    assert read_report(older) == replace(REPORT, executors="")
