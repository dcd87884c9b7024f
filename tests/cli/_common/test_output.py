import json
import time
from collections.abc import Iterator

import pytest

from mlopsctl.cli._common import output
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.core.text import duration
from tests.conftest import screen

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
def test_durations_are_read_at_a_glance(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_the_envelope_is_one_line_of_json_with_the_contracts_keys() -> None:
    error = MlopsctlError("한글.", hint="do it", code="x")
    line = output.envelope("seed", "error", {"days": 1}, [output.error_entry(error, "mlopsctl")])
    assert "\n" not in line and "한글" in line
    assert json.loads(line) == {
        "version": 1,
        "command": "seed",
        "status": "error",
        "data": {"days": 1},
        "errors": [{"code": "x", "message": "한글.", "hint": "do it", "hint_command": None}],
    }


def test_talk_goes_to_stderr_and_data_to_stdout(capsys: Captured) -> None:
    out = Output()
    out.say("talk")
    out.warn("care")
    out.table(["DAG", "STATE"], [("extract", "success"), ("train", None)], title="Runs")
    seen = capsys.readouterr()
    assert seen.err == "talk\nwarning: care\n"
    assert [line.rstrip() for line in seen.out.splitlines()] == [
        "Runs",
        "DAG      STATE",
        "extract  success",
        "train",
    ]


def test_what_stands_in_a_table_is_never_read_as_markup(capsys: Captured) -> None:
    Output().table(["PATH"], [("[bold]/a[/bold]",)])
    assert "[bold]/a[/bold]" in capsys.readouterr().out


def test_quiet_says_nothing_but_failures(capsys: Captured) -> None:
    out = Output(quiet=True)
    out.say("talk")
    out.warn("care")
    out.fail(MlopsctlError("no room.", hint="df -h"))
    assert capsys.readouterr().err == "error: no room.\nhint: df -h\n"


def test_under_json_stdout_holds_the_object_alone(capsys: Captured) -> None:
    out = Output(json=True)
    out.table(["A"], [("b",)])
    out.fail(MlopsctlError("it is in the envelope."))
    out.envelope("seed", "ok", {})
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ('{"version": 1, "command": "seed", "status": "ok", "data": {}, "errors": []}\n', "")


def test_without_json_there_is_no_envelope(capsys: Captured) -> None:
    Output().envelope("seed", "ok", {})
    assert capsys.readouterr().out == ""


STEPS = [
    Step("check", StepState.RUNNING),
    Step("check", StepState.OK, "everything is here", 0.04),
    Step("airflow", StepState.RUNNING, "resolving"),
    Step("airflow", StepState.CHANGED, "3.3.2 under the bundled constraints", 14.2),
    Step("seed", StepState.SKIPPED, "--no-seed"),
    Step("start", StepState.FAILED, "the scheduler died", 61.0, MlopsctlError("it died.")),
]


def test_in_a_log_every_step_is_a_plain_line(capsys: Captured) -> None:
    done = Output(color=False).steps(iter(STEPS))
    assert done == [step for step in STEPS if step.state != "running"]
    assert capsys.readouterr().err == screen("""
        ok      check         everything is here  0.0 s
        changed airflow       3.3.2 under the bundled constraints  14 s
        skipped seed          --no-seed  0.0 s
        failed  start         failed, see below  1 min 01 s
        """)


def test_verbose_says_what_is_being_done_too(capsys: Captured) -> None:
    Output(color=False, verbose=True).steps(iter(STEPS[:2]))
    assert capsys.readouterr().err == "running check           0.0 s\nok      check         everything is here  0.0 s\n"


def test_a_log_is_not_silent_while_a_step_takes_long(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "HEARTBEAT", 0.2)

    def slow() -> Iterator[Step]:
        for n in range(10):
            time.sleep(0.05)
            yield Step("airflow", StepState.RUNNING, f"{n} of 10", n / 20)
        yield Step("airflow", StepState.CHANGED, "done", 0.5)

    Output(color=False).steps(slow())
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len([line for line in lines if line.startswith("running airflow")]) <= 3
    assert lines[-1] == "changed airflow       done  0.5 s"


def test_the_live_display_leaves_every_finished_step_on_the_screen(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    done = Output(color=True).steps(iter(STEPS))
    seen = capsys.readouterr()
    assert [step.name for step in done] == ["check", "airflow", "seed", "start"] and seen.out == ""
    for words in ("everything is here", "3.3.2 under the bundled constraints", "--no-seed", "failed, see below"):
        assert words in seen.err


@pytest.mark.parametrize("name", ["NO_COLOR", "CI"])
def test_a_log_is_never_live(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert not Output().live
    assert Output(color=True).live and not Output(color=True, quiet=True).live


def test_a_pipe_is_never_live_and_so_never_silent(capsys: Captured) -> None:
    assert not Output(color=True).live
    Output(color=True).steps(iter(STEPS[:2]))
    assert capsys.readouterr().err == "ok      check         everything is here  0.0 s\n"


def test_a_terminal_is_live_unless_it_is_dumb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert Output().live and not Output(color=False).live
    monkeypatch.setenv("TERM", "dumb")
    assert not Output().live


def test_a_plan_says_what_is_left_to_do(capsys: Captured) -> None:
    Output().plan(Plan((PlannedStep("seed", "945 days"), PlannedStep("start", ""))))
    assert capsys.readouterr().err == "seed          945 days\nstart         nothing to do\n"


def test_steps_as_data_have_the_contracts_keys() -> None:
    assert output.step_data([Step("seed", StepState.OK, "945 days", 1.23456)]) == [
        {"name": "seed", "state": "ok", "seconds": 1.235, "detail": "945 days"}
    ]
    assert output.planned_data(Plan((PlannedStep("seed", "945 days"), PlannedStep("start", "")))) == [
        {"name": "seed", "state": "planned", "seconds": 0.0, "detail": "945 days"},
        {"name": "start", "state": "ok", "seconds": 0.0, "detail": ""},
    ]


def test_in_a_log_what_is_looked_up_is_said_once_it_takes_long(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Output().busy("planning"):
        pass
    monkeypatch.setattr(output, "SILENCE", 0.05)
    with Output().busy("counting"), Output(quiet=True).busy("counting quietly"):
        time.sleep(0.3)
    assert capsys.readouterr().err == "counting …\n"


def test_what_is_looked_up_has_failed_and_nothing_is_said_later(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "SILENCE", 0.1)
    with pytest.raises(MlopsctlError), Output().busy("counting"):
        raise MlopsctlError("no table.", hint="seed")
    time.sleep(0.3)
    assert capsys.readouterr().err == ""


def test_on_a_terminal_what_is_looked_up_is_said_at_once_and_goes(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with Output(color=True).busy("planning"):
        time.sleep(0.3)
        assert "planning …" in capsys.readouterr().err
    assert "planning" not in capsys.readouterr().err.rpartition("\r")[2]
