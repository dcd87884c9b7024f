"""The processes of a home. Those of real services: tests/live."""

import shutil
import subprocess
from pathlib import Path

import psutil

from mlopsctl.adapters.supervisor import processes
from mlopsctl.core.deadline import poll
from mlopsctl.core.paths import Home


def test_process_can_be_ended_if_an_earlier_one_had_its_pid(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.services_cwd.mkdir(parents=True)
    with subprocess.Popen(["/bin/sleep", "600"], cwd=home.services_cwd) as service:
        (known,) = (each for each in psutil.process_iter() if each.pid == service.pid)
        known._ident = (service.pid, 1.0)  # of a process that started earlier: simulates that the PID was reused
        processes.end(processes.find(home), kill_after=10)
        ended = service.poll() is not None
        service.kill()
    assert ended


def test_redis_is_found_by_its_folder(tmp_path: Path) -> None:
    """Its title takes the place of its environment, and it changes its directory."""
    home, program = Home(tmp_path), tmp_path / "redis-server"
    (home.redis / "data").mkdir(parents=True)
    shutil.copy("/bin/sleep", program)
    with subprocess.Popen([program, "600"], cwd=home.redis / "data", env={}) as service:
        found = poll(lambda: [each.pid for each in processes.find(home)], every=0.01, give_up_after=10)
        service.kill()
    assert found == [service.pid]


def test_a_process_that_has_ended_has_no_parent() -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        process = psutil.Process(child.pid)
        assert processes.parent_of(process) == psutil.Process().pid
        child.kill()
    assert processes.parent_of(process) is None


def test_descendants_follow_their_parents() -> None:
    with subprocess.Popen(["sh", "-c", "sh -c 'sleep 60; true' & wait"]) as parent:
        process = psutil.Process(parent.pid)
        assert poll(lambda: len(processes.with_descendants(process)) == 3, every=0.01, give_up_after=10)
        family = processes.with_descendants(process)
        assert [processes.parent_of(each) for each in family[1:]] == [each.pid for each in family[:2]]
        for each in family:
            each.kill()
    assert processes.with_descendants(process) == []
