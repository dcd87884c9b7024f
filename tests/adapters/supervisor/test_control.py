"""A real supervisord, whose services are `sleep`."""

import os
import signal
import subprocess
import tempfile
import time
import xmlrpc.client
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from mlopsctl.adapters.supervisor.config import HOME_VARIABLE, Program, render
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home

SLEEP = Program("api-server", ("/bin/sleep", "600"), {"WORDS": "한글 100%"})


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    with tempfile.TemporaryDirectory(prefix="s 한") as folder:  # short: a socket's path has 107 bytes
        home = Home(Path(folder))
        for needed in (home.services_cwd, home.logs):
            needed.mkdir(parents=True)
        made = Supervisor(home)
        made.configure(render(home, [SLEEP]))
        made.spawn()
        yield made
        made.shutdown()
        until = time.monotonic() + 10
        while made.processes() and time.monotonic() < until:
            time.sleep(0.05)
        assert made.processes() == []


def wait_for(supervisor: Supervisor, state: str, but_not: int | None = None) -> int:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        status = supervisor.states()["api-server"]
        if status.state == state and status.pid != but_not:
            return status.pid or 0
        time.sleep(0.05)
    raise AssertionError(supervisor.states())


def test_service_is_started_restarted_after_a_crash_and_stopped(supervisor: Supervisor) -> None:
    assert supervisor.states()["api-server"].state == "stopped"
    supervisor.start("api-server")
    supervisor.start("api-server")  # a second time: nothing
    pid = wait_for(supervisor, "running")
    environ = Path(f"/proc/{pid}/environ").read_bytes().decode()
    assert f"{HOME_VARIABLE}={supervisor.home.root}" in environ
    assert "WORDS=한글 100%" in environ
    os.kill(pid, signal.SIGKILL)
    wait_for(supervisor, "running", but_not=pid)
    supervisor.stop("api-server")
    supervisor.stop("api-server")
    assert supervisor.states()["api-server"].state == "stopped"


def test_changed_configuration_is_applied(supervisor: Supervisor) -> None:
    supervisor.start("api-server")
    wait_for(supervisor, "running")
    assert not supervisor.configure(render(supervisor.home, [SLEEP]))
    assert supervisor.configure(render(supervisor.home, [Program("scheduler", ("/bin/sleep", "601"))]))
    assert {name: s.state for name, s in supervisor.states().items()} == {"scheduler": "stopped"}


def test_outages_are_what_configure_does(supervisor: Supervisor) -> None:
    names = ["api-server", "dag-processor", "scheduler", "triggerer"]
    started = [SLEEP, *(Program(name, ("/bin/sleep", "600")) for name in names[1:])]
    supervisor.start("api-server")
    assert supervisor.outages(render(supervisor.home, started)) == {"restart": [], "stop": []}
    supervisor.configure(render(supervisor.home, started))
    for name in names[:3]:
        supervisor.start(name)
    before = {name: status.pid for name, status in supervisor.states().items()}
    changed = [Program(name, ("/bin/sleep", "601")) for name in ("scheduler", "triggerer")]
    wanted = render(supervisor.home, [started[0], *changed])
    expected = supervisor.outages(wanted)
    assert expected == {"restart": ["scheduler"], "stop": ["dag-processor"]}
    assert {name: status.pid for name, status in supervisor.states().items()} == before, "outages() changes nothing"
    supervisor.conf.write_text(wanted)
    assert supervisor.outages(wanted) == expected, "written by a killed command, and not applied"
    supervisor.configure(wanted)
    after = {name: status.pid for name, status in supervisor.states().items()}
    assert after["api-server"] == before["api-server"] and "dag-processor" not in after
    assert after["scheduler"] and after["scheduler"] != before["scheduler"] and not after["triggerer"]
    assert supervisor.outages(wanted) == {"restart": [], "stop": []}


def test_unknown_service(supervisor: Supervisor) -> None:
    with pytest.raises(MlopsctlError, match="cannot start triggerer"):
        supervisor.start("triggerer")


def test_states_are_empty_without_supervisord(tmp_path: Path) -> None:
    assert Supervisor(Home(tmp_path)).states() == {}
    assert not Supervisor(Home(tmp_path)).running()


def test_configuration_of_a_killed_command_is_applied(supervisor: Supervisor) -> None:
    wanted = render(supervisor.home, [Program("scheduler", ("/bin/sleep", "602"))])
    supervisor.conf.write_text(wanted)  # the command was killed here
    assert not supervisor.is_configured(wanted)
    assert supervisor.configure(wanted)
    assert list(supervisor.states()) == ["scheduler"]
    supervisor._call("removeProcessGroup", "scheduler")  # killed between this and its return
    assert not supervisor.is_configured(wanted)
    assert supervisor.configure(wanted)
    assert list(supervisor.states()) == ["scheduler"]
    assert supervisor.is_configured(wanted)
    assert not supervisor.configure(wanted)


def test_supervisord_that_is_shutting_down_is_not_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Ending:
        def getState(self) -> None:
            raise xmlrpc.client.Fault(6, "SHUTDOWN_STATE")

    monkeypatch.setattr(Supervisor, "_rpc", lambda self: nullcontext(SimpleNamespace(supervisor=Ending())))
    assert not Supervisor(Home(tmp_path)).running()


@pytest.mark.parametrize(
    ("title", "own_session", "found"),
    [("airflow worker -- 01a1", False, True), ("airflow worker -- 01a1", True, False), ("ssh-agent", False, False)],
)
def test_unreadable_process_is_recognised_by_title_and_session(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, title: str, own_session: bool, found: bool
) -> None:
    # The title is argv[0], which the parent chooses.
    with subprocess.Popen([title, "60"], executable="/bin/sleep", start_new_session=own_session) as closed:
        try:
            (supervisor.home.run / "supervisord.pid").write_text(f"{os.getsid(0)}\n")

            def look(process: psutil.Process) -> str:
                raise psutil.AccessDenied(process.pid)

            monkeypatch.setattr(psutil.Process, "cwd", look)
            assert (closed.pid in {p.pid for p in supervisor.processes()}) is found
        finally:
            closed.kill()
