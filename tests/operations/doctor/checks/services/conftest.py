"""A real supervisord, with services that only sleep, or that exit."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from mlopsctl.adapters.supervisor.config import Program, render
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.adapters.supervisor.processes import wait_until_ended
from mlopsctl.core.deadline import poll
from mlopsctl.core.paths import AIRFLOW, DATABASES, Home
from mlopsctl.core.states import ServiceState
from tests.operations.doctor.contexts import make_home

ALL = (*DATABASES, *AIRFLOW)

SLEEP = [Program(name, ("/bin/sleep", "600")) for name in ALL if name != "triggerer"]
EXIT = Program("triggerer", ("/bin/sh", "-c", "echo no such table; sleep 0.1; exit 3"))


class Services:
    """The services of a home, and its supervisord."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(make_home(folder).resolve())
        for path in (self.home.services_cwd, self.home.logs, self.home.airflow, self.home.secrets):
            path.mkdir(parents=True)
        self.supervisor = Supervisor(self.home)
        # A service that sleeps is up at once; the last one exits before it counts as started.
        conf = render(self.home, [*SLEEP, EXIT]).replace("stopwaitsecs=60", "stopwaitsecs=1")
        sleeping, exiting = conf.rsplit("startsecs=1", 1)
        self.supervisor.configure(f"{sleeping.replace('startsecs=1', 'startsecs=0')}startsecs=1{exiting}")

    @property
    def root(self) -> Path:
        return self.home.root

    def reset(self) -> None:
        """supervisord runs, and nothing else; nothing has happened yet."""
        self.supervisor.spawn()
        self.home.airflow_cfg.touch()
        os.utime(self.home.airflow_cfg, (0, 0))
        for log in self.home.logs.glob("*.log"):
            os.truncate(log, 0)

    def stop_all(self) -> None:
        for name in self.supervisor.states():
            self.supervisor.stop(name)

    def kill_all(self) -> None:
        left = self.supervisor.processes()
        for process in left:
            process.kill()
        wait_until_ended(left, timeout=10)

    def state(self, name: str) -> ServiceState:
        return self.supervisor.states()[name].state

    def wait_for(self, name: str, state: ServiceState) -> None:
        assert poll(lambda: self.state(name) == state, every=0.02, give_up_after=10), self.state(name)

    def start(self, name: str) -> psutil.Process:
        self.supervisor.start(name)
        return self.wait_until_up(name)

    def wait_until_up(self, name: str, *, not_pid: int | None = None) -> psutil.Process:
        """`not_pid`: the process that it replaces."""
        process = poll(lambda: self._process(name, not_pid), every=0.02, give_up_after=10)
        assert process, self.state(name)
        return process

    def _process(self, name: str, not_pid: int | None) -> psutil.Process | None:
        """None until `sleep` runs: between fork and exec it is a copy of supervisord, which would ignore SIGTERM."""
        status = self.supervisor.states()[name]
        if status.state == ServiceState.RUNNING and status.pid != not_pid:
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(status.pid)
                return process if process.name() == "sleep" else None
        return None


@pytest.fixture(scope="package")
def shared_services() -> Iterator[Services]:
    with tempfile.TemporaryDirectory(prefix="d ") as folder:  # short, because the path of a socket has 107 bytes
        services = Services(Path(folder))
        yield services
        services.kill_all()


@pytest.fixture
def services(shared_services: Services) -> Iterator[Services]:
    shared_services.reset()
    yield shared_services
    shared_services.stop_all()
