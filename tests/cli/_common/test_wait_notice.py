"""A command that waits for a server says so once, unless it has already written something."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from io import StringIO
from pathlib import Path

import pytest

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.cli._common.wait_notice import WaitNotice
from mlopsctl.cli.main import cli
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.result import Message, Result
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from tests.cli._common.conftest import ManualTimer
from tests.conftest import TERMINAL

Captured = pytest.CaptureFixture[str]
NOTICE = "contacting the platform …\n"
ENV = os.environ | TERMINAL
# Accepts every connection and never answers. Recognized as a service of the home by its working directory.
SERVER = """
import socket, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
time.sleep(600)
"""
COMMANDS = ["runs d", "user list --json", "logs d t", "dags errors"]


@pytest.fixture
def hung(tmp_path: Path) -> Iterator[Path]:
    """A home whose API server hangs."""
    home = tmp_path / "home"
    (home / "run" / "services").mkdir(parents=True)
    (home / "secrets").mkdir()
    (home / "secrets" / "service-password").write_text("x")
    with subprocess.Popen([sys.executable, "-c", SERVER], cwd=home / "run" / "services", stdout=subprocess.PIPE) as its:
        assert its.stdout
        (home / "config.toml").write_text(f"api_port = {int(its.stdout.readline())}\n")
        yield home
        its.kill()


def test_commands_show_a_notice_while_a_server_hangs(hung: Path) -> None:
    command = [sys.executable, "-m", "mlopsctl", "--home", str(hung)]
    running = {
        words: subprocess.Popen(
            [*command, *words.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV, encoding="utf-8"
        )
        for words in ["-q dags list", *COMMANDS]
    }
    shown = {}
    for words, process in reversed(running.items()):
        assert process.stderr
        shown[words] = process.stderr.readline() if words in COMMANDS else ""
        process.send_signal(signal.SIGKILL)
        out, more = process.communicate()
        assert (out, more) == ("", ""), "only once, and only on stderr"
    assert shown == {"-q dags list": ""} | dict.fromkeys(COMMANDS, NOTICE)


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Of a home that was set up."""
    (tmp_path / "config.toml").touch()
    return App(tmp_path, "runs", Output(color=False))


def test_it_is_shown_once(app: App, capsys: Captured, timers: list[ManualTimer]) -> None:
    assert app.platform
    timers[0].expire()
    assert capsys.readouterr().err == NOTICE
    assert app.api and len(timers) == 1
    app.out.text("answer")
    timers[0].expire()
    assert capsys.readouterr() == ("answer\n", "")


def test_it_is_not_shown_after_it_was_closed(timers: list[ManualTimer]) -> None:
    notice, shown = WaitNotice(), []

    def show() -> AbstractContextManager[None]:
        shown.append(1)
        return nullcontext()

    notice.show_after(1, show)
    notice.close()
    timers[0].expire()
    timers[0].cancelled = False  # it was expiring while it was cancelled
    timers[0].expire()
    notice.show_after(1, show)
    assert not shown and len(timers) == 1


def steps() -> Iterator[Step]:
    yield Step("first", StepState.OK)


def run_busy(app: App) -> None:
    with app.out.busy("counting"):
        assert app.api


def render_json(app: App) -> None:
    app.use_json()
    app.render(Result())


class Terminal(StringIO):
    """stdin with a user who answers."""

    def isatty(self) -> bool:
        return True


OUTPUTS: dict[str, Callable[[App], object]] = {
    "say": lambda app: app.out.say("word"),
    "warning": lambda app: app.out.message(Message.warning("word")),
    "text": lambda app: app.out.text("word"),
    "error": lambda app: app.out.error(MlopsctlError("word.")),
    "table": lambda app: app.out.table(["A"], [("word",)]),
    "show": lambda app: app.out.show("word"),
    "live display": lambda app: app.out.talk,
    "steps": lambda app: app.out.steps(steps()),
    "json": render_json,
    "plan": lambda app: app.show(Plan((PlannedStep("a", "b"),), asks="Go on?"), steps, yes=True),
    "busy": run_busy,
    "question": lambda app: app.confirm("Go on?", yes=False),
}


@pytest.mark.parametrize("kind", OUTPUTS)
def test_any_output_cancels_it(kind: str, app: App, timers: list[ManualTimer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert app.platform
    OUTPUTS[kind](app)
    assert all(timer.cancelled for timer in timers)


@pytest.mark.parametrize("kind", OUTPUTS)
def test_it_does_not_start_after_any_output(
    kind: str, app: App, timers: list[ManualTimer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    OUTPUTS[kind](app)
    assert app.platform
    assert all(timer.cancelled for timer in timers)


def test_on_a_terminal_it_vanishes_with_the_first_output(
    app: App, capsys: Captured, timers: list[ManualTimer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    app.out = Output(color=True)
    assert app.platform
    timers[0].expire()
    app.out.say("word")
    shown = capsys.readouterr().err
    assert NOTICE.strip() in shown
    assert shown.endswith("\x1b[2Kword\n") and "\x1b[?25h" in shown, "erased, and the cursor is back"


def test_a_command_that_fails_without_output_cancels_it(app: App, capsys: Captured, timers: list[ManualTimer]) -> None:
    with pytest.raises(MlopsctlError) as caught:
        cli.main(["--home", str(app.home.root), "logs", "scheduler"], standalone_mode=False)
    assert caught.value.code == "no-log"
    assert [timer.cancelled for timer in timers] == [True]
    assert capsys.readouterr() == ("", "")
