import ast
from pathlib import Path

import pytest

import mlopsctl
from mlopsctl.core.errors import MlopsctlError, TimedOut, UsageError, as_hint
from mlopsctl.core.hint import NO_HINT, Hint


def test_exit_codes() -> None:
    assert [kind("x").exit_code for kind in (MlopsctlError, UsageError, TimedOut)] == [1, 2, 4]


def test_error_has_a_message_a_hint_and_a_code() -> None:
    error = MlopsctlError("the disk is full.", hint="df -h", code="disk")
    assert (str(error), error.message, error.hint.text(), error.code) == (
        "the disk is full.",
        "the disk is full.",
        "df -h",
        "disk",
    )
    assert [kind("x").code for kind in (MlopsctlError, UsageError, TimedOut)] == ["failed", "usage", "timeout"]


def test_all_errors_have_one_base() -> None:
    assert all(issubclass(kind, MlopsctlError) for kind in (UsageError, TimedOut))


def test_text_as_hint_is_a_note() -> None:
    assert as_hint("wait") == Hint(note="wait")
    assert as_hint(NO_HINT) is NO_HINT


CODE = Path(mlopsctl.__file__).parent
KINDS = {"MlopsctlError", "UsageError", "TimedOut", "Unavailable", "RequestRejected"}


def without_hint(path: Path) -> list[str]:
    """The lines of a file that create an error without a hint."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    made = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in KINDS]
    given = {id(call): [word.value for word in call.keywords if word.arg == "hint"] for call in made}
    return [
        f"{path.name}:{call.lineno}"
        for call in made
        if not given[id(call)] or ast.unparse(given[id(call)][0]) in ("''", '""')
    ]


@pytest.mark.parametrize("path", sorted(CODE.rglob("*.py")), ids=lambda path: str(path.relative_to(CODE)))
def test_every_error_is_raised_with_a_hint(path: Path) -> None:
    assert without_hint(path) == []
