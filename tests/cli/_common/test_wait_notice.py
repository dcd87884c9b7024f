"""One sign of life, where a command that asks has nothing to show yet."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest

from mlopsctl.cli._common import output
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.cli.main import cli
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from tests.conftest import TERMINAL

Captured = pytest.CaptureFixture[str]
SAID = "asking the platform …\n"
ENV = os.environ | TERMINAL
# It takes every connection, and never answers; a service of the home, by where it works.
SERVER = """
import socket, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
time.sleep(600)
"""
ASKING = ["runs d", "user list --json", "logs d t", "dags errors", "trigger d --dry-run"]


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


def test_whatever_asks_a_server_that_hangs_says_so(hung: Path) -> None:
    command = [sys.executable, "-m", "mlopsctl", "--home", str(hung)]
    asking = {
        words: subprocess.Popen(
            [*command, *words.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV, encoding="utf-8"
        )
        for words in ["-q dags list", *ASKING]
    }
    said = {}
    for words, process in reversed(asking.items()):
        assert process.stderr
        said[words] = process.stderr.readline() if words in ASKING else ""
        process.send_signal(signal.SIGKILL)
        out, more = process.communicate()
        assert (out, more) == ("", ""), "once, and on stderr alone"
    assert said.pop("trigger d --dry-run") == "looking at d …\n", "who has words of his own says those"
    assert said == {"-q dags list": ""} | dict.fromkeys(ASKING[:-1], SAID)


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Of a home that was set up."""
    (tmp_path / "config.toml").touch()
    return App(tmp_path, "runs", Output(color=False))


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A silence is long there after a tenth of a second."""
    monkeypatch.setattr(output, "SILENCE", 0.1)


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """However loaded the machine, it is not over yet."""
    monkeypatch.setattr(output, "SILENCE", 600)


def heard(capsys: Captured) -> str:
    """What is said at last."""
    said, deadline = "", time.monotonic() + 20
    while SAID.strip() not in said and time.monotonic() < deadline:
        time.sleep(0.02)
        said += capsys.readouterr().err
    return said


def ends(timers: set[threading.Thread]) -> bool:
    """Whether these are given up, and so say nothing any more."""
    for timer in timers:
        timer.join(5)
    return not any(timer.is_alive() for timer in timers)


def pending() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)}


@pytest.mark.usefixtures("short")
def test_who_has_heard_nothing_is_told_once(app: App, capsys: Captured) -> None:
    assert app.platform
    assert heard(capsys) == SAID
    assert app.api
    app.out.text("answer")
    time.sleep(0.2)
    assert capsys.readouterr() == ("answer\n", "")


def steps() -> Iterator[Step]:
    yield Step("first", StepState.OK)


def looks_up(app: App) -> None:
    with app.out.busy("looking"):
        assert app.api


def is_shown(app: App) -> None:
    app.show(Plan((PlannedStep("first", "make it"),), asks="Make it?"), steps, yes=True)


def asks(app: App) -> None:
    app.confirm("Make it?", yes=False)


def answers_json(app: App) -> None:
    app.use_json()
    app.out.envelope("runs", "ok", {})


class Terminal(StringIO):
    """With a person who answers."""

    def isatty(self) -> bool:
        return True


FIRST: dict[str, Callable[[App], object]] = {
    "say": lambda app: app.out.say("word"),
    "warn": lambda app: app.out.warn("word"),
    "text": lambda app: app.out.text("word"),
    "fail": lambda app: app.out.fail(MlopsctlError("word.")),
    "detached": lambda app: app.out.detached(MlopsctlError("word.")),
    "table": lambda app: app.out.table(["A"], [("word",)]),
    "show": lambda app: app.out.show("word"),
    "live display": lambda app: app.out.talk,
    "steps": lambda app: app.out.steps(steps()),
    "json": answers_json,
    "plan": is_shown,
    "busy": looks_up,
    "question": asks,
}


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("word", FIRST)
def test_it_ends_with_the_first_word_of_any_kind(word: str, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    before = pending()
    assert app.platform
    (timer,) = pending() - before
    FIRST[word](app)
    assert ends({timer})


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("word", FIRST)
def test_and_does_not_begin_after_it(word: str, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    before = pending()
    FIRST[word](app)
    assert app.platform
    assert ends(pending() - before)


@pytest.mark.usefixtures("short")
def test_on_a_terminal_it_goes_with_the_first_word(app: App, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    app.out = Output(color=True)
    assert app.platform
    assert SAID.strip() in heard(capsys)
    app.out.say("word")
    said = capsys.readouterr().err
    assert said.endswith("\x1b[2Kword\n") and "\x1b[?25h" in said, "wiped out, and the cursor is back"
    time.sleep(0.3)
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("long")
def test_a_command_that_ends_without_a_word_ends_it_too(app: App, capsys: Captured) -> None:
    before = pending()
    with pytest.raises(MlopsctlError, match="has no log yet"):
        cli.main(["--home", str(app.home.root), "logs", "scheduler"], standalone_mode=False)
    assert ends(pending() - before)
    assert capsys.readouterr() == ("", "")
