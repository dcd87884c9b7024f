"""The number of tasks that the scheduler may have started follows the hosts that take tasks."""

from dataclasses import asdict
from pathlib import Path

from mlopsctl.adapters import config_file
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import CELERY, Settings
from mlopsctl.core.workers import Report, Wanted, tasks_at_once
from mlopsctl.operations.workers import slots
from mlopsctl.operations.workers.registry import Registry


def test_the_slots_of_hosts_that_take_tasks_count(tmp_path: Path) -> None:
    home = Home(tmp_path)
    config_file.save(home.config, Settings(executor=CELERY, worker_slots=4))
    registry = Registry(home)

    def published() -> int:
        slots.publish(home)
        return int(home.slots.read_text())

    assert published() == tasks_at_once(4)
    ready = Report(True, True, 40, ("gpu",), "3.3.2", "abc", 1.0, 2.0, 3.0)
    for host in ("w1", "w2"):
        registry.add(host)
        assert published() == tasks_at_once(4), "it has not reported yet"
    registry.report("w1", ready)
    registry.report("w2", Report(**asdict(ready) | {"ready": False}))
    assert published() == tasks_at_once(44)
    registry.report("w2", ready)
    assert published() == tasks_at_once(84)
    registry.want("w1", Wanted.DRAIN)
    assert published() == tasks_at_once(44)
    registry.remove("w2")
    assert published() == tasks_at_once(4)
