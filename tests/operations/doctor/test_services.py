"""supervisord, the real one, with services that are only `sleep`, or that die."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from mlopsctl.adapters.supervisor.config import Program, render
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.model import ComponentHealth
from mlopsctl.core.paths import SERVICES, Home
from mlopsctl.core.states import Health
from mlopsctl.operations.doctor import services
from mlopsctl.operations.doctor.databases import _plain
from tests.operations.doctor.contexts import findings, look, mend, place, set_up

SLEEP = [Program(name, ("/bin/sleep", "600")) for name in SERVICES]
DIES = Program("triggerer", ("/bin/sh", "-c", "echo no such table; sleep 0.1; exit 3"))


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    with tempfile.TemporaryDirectory(prefix="d ") as folder:  # short: a socket's path has 107 bytes
        home = Home(set_up(Path(folder)).resolve())
        for needed in (home.services_cwd, home.logs, home.airflow):
            needed.mkdir(parents=True)
        home.airflow_cfg.touch()
        made = Supervisor(home)
        made.configure(render(home, [*SLEEP[:-1], DIES]))
        made.spawn()
        yield made
        made.shutdown()
        until(lambda: made.processes() == [])


def until(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.05)


def state(supervisor: Supervisor, name: str) -> str:
    return supervisor.states()[name].state


def _runs(supervisor: Supervisor, name: str) -> bool:
    return state(supervisor, name) == "running"


def _is_another(supervisor: Supervisor, pid: int) -> bool:
    return supervisor.states()["scheduler"].pid != pid


def test_services_that_do_not_run(supervisor: Supervisor) -> None:
    home = supervisor.home.root
    assert look("running", home) == [("error", "no service runs.")]
    supervisor.start("mariadb")
    until(lambda: state(supervisor, "mariadb") == "running")
    down = [name for name in SERVICES if name != "mariadb"]
    assert look("running", home) == [("error", f"{name} does not run.") for name in down]
    assert {f.about for f in findings("running", home)} == {tuple(down)}


def test_a_service_that_dies_on_every_start_is_told_with_the_end_of_its_log(supervisor: Supervisor) -> None:
    assert look("restarts", supervisor.home.root) == [("ok", "")]
    supervisor.start("triggerer")
    until(lambda: state(supervisor, "triggerer") == "backoff")
    ((verdict, message),) = look("restarts", supervisor.home.root)
    assert verdict == "error"
    assert message.startswith("triggerer dies on every start; the end of its log:\n           no such table")


def test_a_service_that_ends_often_by_itself(supervisor: Supervisor) -> None:
    supervisor.start("scheduler")
    for _ in range(3):
        until(lambda: state(supervisor, "scheduler") == "running")
        assert look("restarts", supervisor.home.root) == [("ok", "")]
        before = supervisor.states()["scheduler"].pid or 0
        os.kill(before, signal.SIGKILL)
        until(partial(_is_another, supervisor, before))
    until(lambda: state(supervisor, "scheduler") == "running")
    ((_, message),) = look("restarts", supervisor.home.root)
    assert message.startswith("scheduler has ended 3 times in the last 10 minutes by itself; the end of its log:")


def test_what_a_supervisord_that_was_killed_leaves_is_ended(supervisor: Supervisor) -> None:
    home = supervisor.home.root
    for name in ("postgres", "mariadb"):
        supervisor.start(name)
        until(partial(_runs, supervisor, name))
    assert look("leftovers", home) == [("ok", "")]
    os.kill(int((home / "run/supervisord.pid").read_text(encoding="ascii")), signal.SIGKILL)
    until(lambda: not supervisor.running())
    until(lambda: len(supervisor.processes()) == 2)
    ((verdict, message),) = look("leftovers", home)
    assert verdict == "error"
    assert message.startswith("2 processes of a former life live on, whose supervisord has died: sleep (")
    assert mend("leftovers", home)[-1] == "2 processes ended"
    assert supervisor.processes() == [] and look("leftovers", home) == [("ok", "")]


def test_what_a_process_without_a_parent_has_started_ends_with_it(supervisor: Supervisor) -> None:
    home = supervisor.home
    subprocess.run(["sh", "-c", "sh -c 'sleep 600; true' &"], cwd=home.services_cwd, check=True)
    until(lambda: len(supervisor.processes()) == 3)
    ((_, message),) = look("leftovers", home.root)
    assert message.startswith("1 process of a former life live on, whose parent has died: sh (")
    assert mend("leftovers", home.root)[-1] == "2 processes ended"
    assert look("leftovers", home.root) == [("ok", "")]


def test_a_service_that_somebody_halted_goes_on(supervisor: Supervisor) -> None:
    home = supervisor.home.root
    supervisor.start("mariadb")
    until(lambda: state(supervisor, "mariadb") == "running")
    process = next(p for p in supervisor.processes() if p.pid == supervisor.states()["mariadb"].pid)
    process.suspend()
    until(lambda: process.status() == "stopped")
    assert look("heartbeats", home) == [("error", "mariadb is halted (by SIGSTOP, or a debugger) and does nothing.")]
    assert mend("heartbeats", home) == ["mariadb was halted; it goes on"]
    until(lambda: process.status() != "stopped")


NEED_THE_METADATA = ("dag-variables", "dag-connections", "dag-parsing", "dag-errors", "heartbeats", "login")


def test_what_airflow_cannot_tell_without_its_database_is_not_asked(supervisor: Supervisor) -> None:
    home = supervisor.home
    home.secrets.mkdir()
    home.secret("service-password").touch()
    supervisor.start("api-server")
    until(partial(_runs, supervisor, "api-server"))
    found = {name: look(name, home.root) for name in NEED_THE_METADATA}
    assert found == {name: [("skipped", "postgres does not run")] for name in NEED_THE_METADATA}


def test_a_service_that_has_run_since_before_its_configuration(supervisor: Supervisor) -> None:
    home = supervisor.home.root
    supervisor.start("scheduler")
    until(lambda: state(supervisor, "scheduler") == "running")
    assert look("restart-needed", home) == [("ok", "")]
    later = time.time() + 60
    os.utime(supervisor.home.airflow_cfg, (later, later))
    said = f"scheduler has run since before {supervisor.home.airflow_cfg} changed."
    assert look("restart-needed", home) == [("warning", said)]


def test_components_that_give_no_sign_of_life() -> None:
    beat = datetime(2026, 11, 21, 10, tzinfo=UTC)
    health = {
        "metadatabase": ComponentHealth(Health.HEALTHY),
        "scheduler": ComponentHealth(Health.UNHEALTHY, beat),
        "triggerer": ComponentHealth(None),
        "dag_processor": ComponentHealth(Health.HEALTHY, beat),
    }
    assert dict(services.silent(health)) == {
        "scheduler": f"gave its last sign of life at {beat.isoformat()}",
        "triggerer": "has never given a sign of life",
    }


def test_the_settings_of_databases_that_are_not_as_setup_writes_them_are_written(tmp_path: Path) -> None:
    home = set_up(tmp_path)
    for name in ("postgres", "mariadb"):
        server = place(home).platform.postgres if name == "postgres" else place(home).platform.mariadb
        server.write_conf()
        server.data.mkdir()
        server.conf.write_text(server.conf.read_text("utf-8") + "max_connections = 3\n", encoding="utf-8")
        assert look(f"{name}-settings", home) == [("error", f"{server.conf} is not as setup writes it.")]
        assert mend(f"{name}-settings", home) == [f"wrote {server.conf}"]
        assert server.configured()


@pytest.mark.parametrize(
    ("server", "file"),
    [("134217728", "128M"), ("ON", "1"), ("/home/x/data/", '"/home/x/data"'), ("+09:00", '"+09:00"')],
)
def test_a_server_and_a_file_mean_the_same(server: str, file: str) -> None:
    assert _plain(server) == _plain(file)
