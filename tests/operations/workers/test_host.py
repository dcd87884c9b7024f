from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.operations.workers import host
from mlopsctl.operations.workers.host import HostWorkers
from tests.operations.workers.conftest import WorkerHost


def test_it_runs_a_tunnel_a_worker_and_an_agent(worker_host: WorkerHost) -> None:
    programs = {
        program.name: list(map(str, program.command)) for program in HostWorkers().programs(worker_host.platform)
    }
    assert set(programs) == {"tunnel", "worker", "agent"}
    command = programs["worker"]
    assert command[command.index("--queues") + 1] == "gpu" and command[command.index("--concurrency") + 1] == "2"
    assert "--skip-serve-logs" in command, "no port is open for the logs of tasks"


def test_no_secret_is_among_the_arguments(worker_host: WorkerHost) -> None:
    token = host.client(worker_host.home).token
    commands = [" ".join(map(str, program.command)) for program in worker_host.platform.programs()]
    assert commands and not [command for command in commands if token in command]


def test_it_talks_to_the_head_through_its_own_loopback(worker_host: WorkerHost) -> None:
    assert host.client(worker_host.home).port == worker_host.head.settings.worker_api_port
    assert (
        f"accept = 127.0.0.1:{worker_host.head.settings.worker_api_port}\n" in worker_host.home.tunnel_conf.read_text()
    )


def test_files_are_written_only_if_they_change(worker_host: WorkerHost) -> None:
    files = (worker_host.home.airflow_cfg, worker_host.home.tunnel_conf)
    before = [path.stat().st_ino for path in files]
    host.configure(worker_host.home, worker_host.platform.settings)
    assert [path.stat().st_ino for path in files] == before


def test_a_home_that_has_not_joined_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MlopsctlError) as raised:
        host.client(Home(tmp_path))
    assert raised.value.code == "not-joined"
    assert host.dag_files(Home(tmp_path)).revision == ""
