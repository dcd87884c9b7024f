import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.adapters.tls.authority import Authority, new_request
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.workers import SILENCE, Report, Wanted
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers.control import ChangeStep, RemoveStep
from mlopsctl.operations.workers.registry import Registry
from tests.fake_clock import FakeClock
from tests.operations.workers.conftest import Services

REPORT = Report(True, True, 4, ("default",), "3.3.2", "abc", 1.0, 2.0, 3.0, ("task-1", "task-2"))
ENDING = replace(REPORT, ready=False)
ENDED = replace(REPORT, ready=False, running=False, tasks=())


@pytest.fixture
def registry(platform: Platform) -> Registry:
    """With a host that takes tasks."""
    registry = Registry(platform.home)
    registry.add("w1")
    registry.report("w1", REPORT)
    return registry


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let so many seconds pass for everybody."""

    def wait(seconds: float) -> None:
        now = time.time() + seconds
        monkeypatch.setattr(time, "time", lambda: now)

    return wait


@pytest.mark.parametrize("wanted", [Wanted.DRAIN, Wanted.STOP])
def test_it_waits_for_the_tasks_of_a_host(platform: Platform, registry: Registry, wanted: Wanted) -> None:
    clock = FakeClock()
    step = ChangeStep(platform, "w1", wanted, clock=clock)
    assert step.todo() == wanted
    clock.after(5, registry.report, "w1", ENDING)
    clock.after(60, registry.report, "w1", ENDED)
    said = list(step.do())
    assert registry.find("w1").wanted is wanted and 60 <= clock.now < 62
    assert "2 tasks at work" in said[0]
    assert step.todo() == "" and list(step.do()) == []


def test_a_drained_host_takes_tasks_again(platform: Platform, registry: Registry) -> None:
    clock = FakeClock()
    registry.want("w1", Wanted.DRAIN)
    registry.report("w1", ENDED)
    step = ChangeStep(platform, "w1", Wanted.RUN, clock=clock)
    assert step.todo() == "run"
    clock.after(8, registry.report, "w1", REPORT)
    assert list(step.do()) and clock.now >= 8
    assert (registry.find("w1").wanted, step.todo()) == (Wanted.RUN, "")


@pytest.mark.parametrize("wanted", [Wanted.DRAIN, Wanted.STOP])
def test_a_dead_host_is_not_waited_for_but_finds_what_is_wanted(
    platform: Platform, registry: Registry, later: Callable[[float], None], wanted: Wanted
) -> None:
    later(SILENCE + 1)
    clock = FakeClock()
    assert list(ChangeStep(platform, "w1", wanted, clock=clock).do()) == [] and clock.slept == []
    assert registry.find("w1").wanted is wanted


def test_an_unknown_host_is_refused(platform: Platform) -> None:
    with pytest.raises(MlopsctlError):
        list(ChangeStep(platform, "w9", Wanted.DRAIN).do())


def test_a_removed_host_is_revoked_and_forgotten(platform: Platform, registry: Registry) -> None:
    authority = Authority(platform.home.authority)
    authority.sign(new_request("w1")[1], "w1")
    before = authority.revoked.read_bytes()
    assert isinstance(platform.supervisor, Services)
    list(RemoveStep(platform, "w1").do())
    assert authority.newest("w1") is None and authority.revoked.read_bytes() != before
    assert registry.workers() == []
    assert platform.supervisor.told == [("stop", "tunnel"), ("start", "tunnel")]


def test_a_removal_that_was_killed_is_finished_by_the_same_command(platform: Platform, registry: Registry) -> None:
    """Until the tunnel was restarted, the host can still connect: it must not be forgotten before."""
    Authority(platform.home.authority).sign(new_request("w1")[1], "w1")

    class Killed(Services):
        def start(self, name: str) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(RemoveStep(replace(platform, supervisor=Killed(platform.home, "tunnel")), "w1").do())
    assert registry.find("w1").host == "w1"
    list(RemoveStep(platform, "w1").do())
    assert registry.workers() == []


def test_a_host_is_removed_also_while_the_head_is_stopped(platform: Platform, registry: Registry) -> None:
    stopped = Services(platform.home)
    list(RemoveStep(replace(platform, supervisor=stopped), "w1").do())
    assert (stopped.told, registry.workers()) == ([], [])


def test_what_the_tunnel_reads_is_revoked_before_it_starts_again(platform: Platform, registry: Registry) -> None:
    """It reads the list when it starts."""
    authority = Authority(platform.home.authority)
    authority.sign(new_request("w1")[1], "w1")
    read: list[bytes] = []

    class Reading(Services):
        def start(self, name: str) -> None:
            read.append(Path(authority.revoked).read_bytes())

    list(RemoveStep(replace(platform, supervisor=Reading(platform.home, "tunnel")), "w1").do())
    assert read == [authority.revoked.read_bytes()]
