"""supervisord, the real one, with services that are only `sleep`."""

import os
import signal
import subprocess
import tempfile
import time
import xmlrpc.client
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mlopsctl.adapters.supervisor.config import MARK, Program, render
from mlopsctl.adapters.supervisor.control import Supervisor, tail
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


def test_a_service_is_started_marked_revived_and_stopped(supervisor: Supervisor) -> None:
    assert supervisor.states()["api-server"].state == "stopped"
    supervisor.start("api-server")
    supervisor.start("api-server")  # a second time: nothing
    pid = wait_for(supervisor, "running")
    environ = Path(f"/proc/{pid}/environ").read_bytes().decode()
    assert f"{MARK}={supervisor.home.root}" in environ
    assert "WORDS=한글 100%" in environ
    os.kill(pid, signal.SIGKILL)
    wait_for(supervisor, "running", but_not=pid)
    supervisor.stop("api-server")
    supervisor.stop("api-server")
    assert supervisor.states()["api-server"].state == "stopped"


def test_a_changed_service_is_taken_over(supervisor: Supervisor) -> None:
    supervisor.start("api-server")
    wait_for(supervisor, "running")
    assert not supervisor.configure(render(supervisor.home, [SLEEP]))
    assert supervisor.configure(render(supervisor.home, [Program("scheduler", ("/bin/sleep", "601"))]))
    assert {name: s.state for name, s in supervisor.states().items()} == {"scheduler": "stopped"}


def test_what_a_configuration_would_restart_and_stop_is_what_it_does(supervisor: Supervisor) -> None:
    """Told before, from the text; done, by supervisord."""
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
    told = supervisor.outages(wanted)
    assert told == {"restart": ["scheduler"], "stop": ["dag-processor"]}
    assert {name: status.pid for name, status in supervisor.states().items()} == before, "it was only told"
    supervisor.conf.write_text(wanted)
    assert supervisor.outages(wanted) == told, "by a killed command, and not yet taken over"
    supervisor.configure(wanted)
    after = {name: status.pid for name, status in supervisor.states().items()}
    assert after["api-server"] == before["api-server"] and "dag-processor" not in after
    assert after["scheduler"] and after["scheduler"] != before["scheduler"] and not after["triggerer"]
    assert supervisor.outages(wanted) == {"restart": [], "stop": []}


def test_an_unknown_service_is_a_sentence(supervisor: Supervisor) -> None:
    with pytest.raises(MlopsctlError, match="does not start triggerer"):
        supervisor.start("triggerer")


def test_without_supervisord_there_are_no_states(tmp_path: Path) -> None:
    assert Supervisor(Home(tmp_path)).states() == {}
    assert not Supervisor(Home(tmp_path)).running()


def test_the_end_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert tail(log) == ""
    log.write_text("".join(f"줄 {n}\n" for n in range(1000)))
    assert tail(log, 2) == "줄 998\n줄 999"


def test_what_a_killed_command_left_half_taken_over_is_taken_over(supervisor: Supervisor) -> None:
    wanted = render(supervisor.home, [Program("scheduler", ("/bin/sleep", "602"))])
    supervisor.conf.write_text(wanted)  # and there it was killed
    assert not supervisor.configured(wanted)
    assert supervisor.configure(wanted)
    assert list(supervisor.states()) == ["scheduler"]
    supervisor._call("removeProcessGroup", "scheduler")  # killed between this and its return
    assert not supervisor.configured(wanted)
    assert supervisor.configure(wanted)
    assert list(supervisor.states()) == ["scheduler"]
    assert supervisor.configured(wanted)
    assert not supervisor.configure(wanted)


def test_one_that_is_shutting_down_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Ending:
        def getState(self) -> None:
            raise xmlrpc.client.Fault(6, "SHUTDOWN_STATE")

    monkeypatch.setattr(Supervisor, "_rpc", lambda self: Ending())
    assert not Supervisor(Home(tmp_path)).running()


@pytest.mark.parametrize(
    ("title", "own_session", "found"),
    [("airflow worker -- 01a1", False, True), ("airflow worker -- 01a1", True, False), ("ssh-agent", False, False)],
)
def test_a_process_that_nobody_may_look_into_is_known_by_its_title_and_session(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, title: str, own_session: bool, found: bool
) -> None:
    # As `ps` shows it: whoever starts a program says its first word.
    with subprocess.Popen([title, "60"], executable="/bin/sleep", start_new_session=own_session) as closed:
        try:
            (supervisor.home.run / "supervisord.pid").write_text(f"{os.getsid(0)}\n")

            def look(process: psutil.Process) -> str:
                raise psutil.AccessDenied(process.pid)

            monkeypatch.setattr(psutil.Process, "cwd", look)
            assert (closed.pid in {p.pid for p in supervisor.processes()}) is found
        finally:
            closed.kill()
