"""A result as a screen, and as the JSON object of the contract."""

import json

import pytest

from mlopsctl.cli._common.output import Output
from mlopsctl.cli._common.render import envelope, plan_rows, render, step_rows
from mlopsctl.core.errors import Detached, MlopsctlError, TimedOut
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message, Result
from mlopsctl.core.states import Status, StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from tests.conftest import screen

Captured = pytest.CaptureFixture[str]

FAILED = MlopsctlError("2 of 3 dates failed.", hint=Hint.of("backfill", "etl", "--only", "failed"), code="unfinished")
RESULT = Result({"days": 1}, Status.PARTIAL, (Message.warning("etl is paused."),), (FAILED,))


def show_days(out: Output) -> None:
    out.text("1 day")


def test_the_envelope_is_one_line_with_the_keys_of_the_contract() -> None:
    line = envelope("seed", Result({"days": 1}, Status.ERROR, errors=(MlopsctlError("한글.", code="x"),)), "mlopsctl")
    assert "\n" not in line and "한글" in line
    assert json.loads(line) == {
        "version": 1,
        "command": "seed",
        "status": "error",
        "data": {"days": 1},
        "errors": [{"code": "x", "message": "한글.", "hint": "", "hint_command": None}],
    }


def test_a_hint_that_is_a_command_is_in_the_envelope_as_words_too() -> None:
    entry = json.loads(envelope("backfill", RESULT, "mlopsctl --home /h"))["errors"][0]
    assert entry["hint"] == "mlopsctl --home /h backfill etl --only failed"
    assert entry["hint_command"] == ["backfill", "etl", "--only", "failed"]


def test_a_command_after_another_program_is_not_given_as_words() -> None:
    error = MlopsctlError("config.toml is missing.", hint=Hint(("setup",), line="touch config.toml"))
    entry = json.loads(envelope("status", Result(status=Status.ERROR, errors=(error,)), "mlopsctl"))["errors"][0]
    assert (entry["hint"], entry["hint_command"]) == ("touch config.toml && mlopsctl setup", None)


def test_a_screen_has_data_on_stdout_then_messages_and_errors_on_stderr(capsys: Captured) -> None:
    assert render(Output(color=False), "backfill", RESULT, show_days) == 1
    assert capsys.readouterr() == (
        "1 day\n",
        screen("""
        warning: etl is paused.
        error: 2 of 3 dates failed.
        hint: mlopsctl backfill etl --only failed
        """),
    )


def test_json_replaces_data_and_errors_and_keeps_messages(capsys: Captured) -> None:
    assert render(Output(json=True, color=False), "backfill", RESULT, show_days) == 1
    seen = capsys.readouterr()
    assert seen.out == envelope("backfill", RESULT, "mlopsctl") + "\n"
    assert seen.err == "warning: etl is paused.\n"


@pytest.mark.parametrize(
    ("status", "errors", "code"),
    [
        (Status.OK, (), 0),
        (Status.PLANNED, (FAILED,), 0),
        (Status.PARTIAL, (), 1),
        (Status.ERROR, (FAILED,), 1),
        (Status.PARTIAL, (FAILED, TimedOut("late.")), 4),
        (Status.PARTIAL, (Detached("the run continues."),), 130),
    ],
)
def test_the_exit_code_follows_from_status_and_errors(
    status: Status, errors: tuple[MlopsctlError, ...], code: int
) -> None:
    assert Result(status=status, errors=errors).exit_code == code


def test_steps_as_json_have_the_keys_of_the_contract() -> None:
    assert step_rows([Step("seed", StepState.OK, "945 days", 1.23456)]) == [
        {"name": "seed", "state": "ok", "seconds": 1.235, "detail": "945 days"}
    ]
    assert plan_rows(Plan((PlannedStep("seed", "945 days"), PlannedStep("start", "")))) == [
        {"name": "seed", "state": "planned", "seconds": 0.0, "detail": "945 days"},
        {"name": "start", "state": "ok", "seconds": 0.0, "detail": ""},
    ]
