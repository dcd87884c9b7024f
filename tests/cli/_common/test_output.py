from collections.abc import Iterator

import pytest

from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import Detached, MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Step
from mlopsctl.core.text import duration
from tests.cli._common.conftest import ManualTimer
from tests.conftest import screen
from tests.fake_clock import FakeClock

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"COLUMNS": "80", "LINES": "24", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"), (0.44, "0.4 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "1 min 00 s"),
        (185, "3 min 05 s"), (3599.4, "59 min 59 s"), (3599.6, "1 h 00 min"), (7800, "2 h 10 min"),
    ],
)  # fmt: skip
def test_duration_is_rounded_to_its_size(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_messages_go_to_stderr_and_data_to_stdout(capsys: Captured) -> None:
    out = Output()
    out.say("started")
    out.message(Message.warning("the disk is almost full.", Hint(line="df -h")))
    out.table(["DAG", "STATE"], [("extract", "success"), ("train", None)], title="Runs")
    seen = capsys.readouterr()
    assert seen.err == "started\nwarning: the disk is almost full.\nhint: df -h\n"
    assert [line.rstrip() for line in seen.out.splitlines()] == ["Runs", "DAG      STATE", "extract  success", "train"]


def test_cells_are_not_interpreted_as_markup(capsys: Captured) -> None:
    Output().table(["PATH"], [("[bold]/a[/bold]",)])
    assert "[bold]/a[/bold]" in capsys.readouterr().out


def test_quiet_shows_only_errors(capsys: Captured) -> None:
    out = Output(quiet=True)
    out.say("started")
    out.message(Message.warning("the disk is almost full.", Hint(line="df -h")))
    out.error(MlopsctlError("the disk is full.", hint=Hint(line="df -h")))
    assert capsys.readouterr().err == "error: the disk is full.\nhint: df -h\n"


def test_a_detached_command_is_not_an_error(capsys: Captured) -> None:
    Output(program="mlopsctl --home /h").error(Detached("the run continues.", hint=Hint.of("runs", "etl")))
    assert capsys.readouterr().err == "the run continues.\nhint: mlopsctl --home /h runs etl\n"


STEPS = [
    Step("check", StepState.RUNNING),
    Step("check", StepState.OK, "nothing is missing", 0.04),
    Step("airflow", StepState.RUNNING, "resolving"),
    Step("airflow", StepState.CHANGED, "3.3.2 under the bundled constraints", 14.2),
    Step("seed", StepState.SKIPPED, "--no-seed"),
    Step("start", StepState.FAILED, "the scheduler died", 61.0, MlopsctlError("it died.")),
]


def test_in_a_log_every_finished_step_is_a_line(capsys: Captured) -> None:
    finished = Output(color=False).steps(iter(STEPS))
    assert finished == [step for step in STEPS if step.state is not StepState.RUNNING]
    assert capsys.readouterr().err == screen("""
        ok      check         nothing is missing  0.0 s
        changed airflow       3.3.2 under the bundled constraints  14 s
        skipped seed          --no-seed  0.0 s
        failed  start         failed, see below  1 min 01 s
        """)


def test_verbose_shows_running_steps_too(capsys: Captured) -> None:
    Output(color=False, verbose=True).steps(iter(STEPS[:2]))
    assert capsys.readouterr().err == "running check           0.0 s\nok      check         nothing is missing  0.0 s\n"


def test_in_a_log_a_long_step_is_shown_every_five_seconds(capsys: Captured) -> None:
    clock = FakeClock()

    def slow() -> Iterator[Step]:
        for n in range(10):
            clock.sleep(1.4)
            yield Step("airflow", StepState.RUNNING, f"{n} of 10", clock.now)
        yield Step("airflow", StepState.CHANGED, "installed", clock.now)

    Output(color=False, clock=clock).steps(slow())
    assert capsys.readouterr().err == screen("""
        running airflow       3 of 10  5.6 s
        running airflow       7 of 10  11 s
        changed airflow       installed  14 s
        """)


def test_the_live_display_keeps_finished_steps_on_the_screen(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    finished = Output(color=True).steps(iter(STEPS))
    seen = capsys.readouterr()
    assert [step.name for step in finished] == ["check", "airflow", "seed", "start"] and seen.out == ""
    for words in ("nothing is missing", "3.3.2 under the bundled constraints", "--no-seed", "failed, see below"):
        assert words in seen.err


@pytest.mark.parametrize("name", ["NO_COLOR", "CI"])
def test_variables_turn_the_live_display_off(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert not Output().live
    assert Output(color=True).live and not Output(color=True, quiet=True).live


def test_a_pipe_gets_lines_even_with_color(capsys: Captured) -> None:
    assert not Output(color=True).live
    Output(color=True).steps(iter(STEPS[:2]))
    assert capsys.readouterr().err == "ok      check         nothing is missing  0.0 s\n"


def test_a_terminal_is_live_unless_it_is_dumb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert Output().live and not Output(color=False).live
    monkeypatch.setenv("TERM", "dumb")
    assert not Output().live


def test_in_a_log_busy_is_shown_only_if_it_takes_long(capsys: Captured, timers: list[ManualTimer]) -> None:
    with Output().busy("planning"):
        pass
    with Output().busy("counting"), Output(quiet=True).busy("counting quietly"):
        for timer in list(timers):
            timer.expire()
    assert capsys.readouterr().err == "counting …\n"


def test_in_a_log_busy_is_repeated_with_the_time(capsys: Captured, timers: list[ManualTimer]) -> None:
    clock = FakeClock()
    with Output(clock=clock).busy("planning"):
        for seconds in (1.0, 10.0, 10.0):
            clock.now += seconds
            timers[-1].expire()
    assert capsys.readouterr().err == "planning …\nplanning, 11 s so far …\nplanning, 21 s so far …\n"


def test_busy_is_not_shown_after_a_failure(capsys: Captured, timers: list[ManualTimer]) -> None:
    with pytest.raises(MlopsctlError), Output().busy("counting"):
        raise MlopsctlError("no table.")
    timers[0].expire()
    assert capsys.readouterr().err == ""


def test_on_a_terminal_busy_is_shown_at_once_and_vanishes(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with Output(color=True).busy("planning"):
        pass
    shown = capsys.readouterr().err
    assert "planning …" in shown and shown.endswith("\x1b[1A\x1b[2K"), "erased at the end"
