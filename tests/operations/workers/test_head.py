import stat
import time
from dataclasses import replace

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.settings import CELERY, Settings
from mlopsctl.core.workers import Report
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers import head
from mlopsctl.operations.workers.head import HeadWorkers
from mlopsctl.operations.workers.registry import Registry

REPORT = Report(True, True, 8, ("default",), "3.3.2", "abc", 1.0, 2.0, 3.0, ("t1", "t2"))


def test_without_an_address_no_service_is_there_for_others(platform: Platform) -> None:
    alone = replace(platform, settings=Settings(executor=CELERY))
    assert [program.name for program in HeadWorkers().programs(alone)] == ["worker"]
    assert head.tunnel_conf(alone.home, alone.settings) == "" and head.is_prepared(alone.home, alone.settings)
    found = {program.name for program in HeadWorkers().programs(platform)}
    assert found == {"worker", "tunnel", "worker-api"}


def test_a_service_for_others_has_no_secret_among_its_arguments(platform: Platform) -> None:
    secrets = [path.read_text().strip() for path in platform.home.secrets.glob("redis-*")]
    commands = " ".join(" ".join(map(str, program.command)) for program in HeadWorkers().programs(platform))
    assert secrets and not [secret for secret in secrets if secret in commands]


def test_what_was_prepared_is_kept(platform: Platform) -> None:
    files = [path for path in (*platform.home.tunnel.iterdir(), *platform.home.authority.iterdir()) if path.is_file()]
    before = {path: path.read_bytes() for path in files}
    assert len(files) >= 5 and {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert head.is_prepared(platform.home, platform.settings)
    head.prepare(platform.home, platform.settings)
    assert {path: path.read_bytes() for path in files} == before


@pytest.mark.parametrize("name", ["host.crt", "host.key"])
def test_what_was_lost_is_made_again(platform: Platform, name: str) -> None:
    (platform.home.tunnel / name).unlink()
    assert not head.is_prepared(platform.home, platform.settings)
    head.prepare(platform.home, platform.settings)
    assert head.is_prepared(platform.home, platform.settings)


def test_another_address_is_not_prepared_yet(platform: Platform) -> None:
    other = platform.settings.changed(listen="10.0.0.2:9443")
    assert not head.is_prepared(platform.home, other)
    head.prepare(platform.home, other)
    assert "accept = 10.0.0.2:9443\n" in platform.home.tunnel_conf.read_text()


def test_an_external_feature_store_is_not_led_to(platform: Platform) -> None:
    names = [route.name for route in head.routes(platform.settings.changed(external_feature_store=True))]
    assert "mariadb" not in names and names[0] != "join", "who names no service must not get the open one"


def test_tasks_of_a_dead_host_are_not_at_work(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry(platform.home)
    registry.add("w1")
    assert HeadWorkers().tasks(platform) == set()
    registry.report("w1", REPORT)
    assert HeadWorkers().tasks(platform) == {"t1", "t2"}
    later = time.time() + 60
    monkeypatch.setattr(time, "time", lambda: later)
    assert HeadWorkers().tasks(platform) == set()


def test_a_platform_without_workers_is_refused(platform: Platform) -> None:
    head.check(platform)
    with pytest.raises(MlopsctlError) as raised:
        head.check(replace(platform, settings=Settings()))
    assert (raised.value.code, raised.value.hint.command[0]) == ("no-workers", "setup")
    assert head.celery_options(replace(platform, settings=Settings()), with_hosts=True) is None
