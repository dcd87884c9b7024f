import pytest

from mlopsctl.core.errors import MlopsctlError, TimedOut, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Level, Message, Result
from mlopsctl.core.states import Status


@pytest.mark.parametrize("status", [Status.OK, Status.PLANNED])
def test_success_is_exit_code_0(status: Status) -> None:
    assert Result(status=status).exit_code == 0


def test_exit_code_is_the_largest_of_the_errors() -> None:
    errors = (MlopsctlError("a"), TimedOut("b"), UsageError("c"))
    assert Result(status=Status.ERROR, errors=errors).exit_code == 4
    assert Result(status=Status.PARTIAL, errors=errors[:1]).exit_code == 1


def test_failure_without_an_error_is_exit_code_1() -> None:
    assert Result(status=Status.PARTIAL).exit_code == 1


def test_warning() -> None:
    hint = Hint.of("status")
    assert Message.warning("slow", hint) == Message("slow", Level.WARNING, hint)
    assert Message("fine").level is Level.INFO
