"""After a change of packages, the hosts that take tasks are waited for."""

from dataclasses import asdict

import pytest

from mlopsctl.adapters.files import lock
from mlopsctl.core.workers import Report, Wanted
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services.hold import Hold
from mlopsctl.operations.workers import shared
from mlopsctl.operations.workers.hosts_step import TIMEOUT, HostsStep
from mlopsctl.operations.workers.registry import Registry
from tests.fake_clock import FakeClock


def report(**fields: object) -> Report:
    base = asdict(Report(True, True, 4, ("default",), "3.3.2", "abc", 1.0, 2.0, 3.0))
    return Report(**base | fields)


def test_it_waits_until_hosts_have_the_revision_and_are_ready(platform: Platform) -> None:
    registry, clock, hold = Registry(platform.home), FakeClock(), Hold(platform)
    revision = shared.content(platform)["revision"]
    for host in ("w1", "w2"):
        registry.add(host)
        registry.report(host, report(revision="old"))
    registry.want("w2", Wanted.DRAIN)  # it is not to take tasks
    step = HostsStep(platform, hold, clock=clock)
    assert step.todo() == "", "no packages were changed"
    hold._file = lock(platform.home.hold)
    assert step.todo() == "let w1 get the packages of this machine"
    clock.after(5, registry.report, "w1", report(revision=revision, ready=False))
    clock.after(9, registry.report, "w1", report(revision=revision))
    assert set(step.do()) == {"waiting for w1"}
    assert 9 <= clock.now < 11 and not hold.is_on, "hosts take no tasks while it is held"
    assert step.detail() == "those that have joined have the packages of this machine"


def test_a_host_that_cannot_follow_does_not_fail_it(platform: Platform) -> None:
    registry, clock, hold = Registry(platform.home), FakeClock(), Hold(platform)
    registry.add("w1")
    registry.report("w1", report(revision="", problem="no route to the index."))
    step = HostsStep(platform, hold, clock=clock)
    assert "waiting for w1 (no route to the index.)" in set(step.do())
    assert clock.now >= TIMEOUT and step.detail() == "not ready yet: w1 (no route to the index.)"


def test_a_platform_without_hosts_needs_no_secret_for_them(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `setup --no-start` it runs beside the steps that make the secrets."""
    monkeypatch.setattr(shared, "content", lambda _: pytest.fail("the secrets are read"))
    step = HostsStep(platform, Hold(platform), clock=FakeClock())
    step.hold._file = lock(platform.home.hold)
    assert step.todo() == "" and list(step.do()) == [] and step.detail()
