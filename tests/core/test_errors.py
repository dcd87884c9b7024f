import ast
from pathlib import Path

import pytest

import mlopsctl
from mlopsctl.core.errors import MlopsctlError, TimedOut, UsageError


def test_the_class_of_a_failure_is_its_exit_code() -> None:
    assert [kind("x").exit_code for kind in (MlopsctlError, UsageError, TimedOut)] == [1, 2, 4]


def test_every_failure_has_a_sentence_a_hint_and_a_code() -> None:
    error = MlopsctlError("the disk is full.", hint="df -h", code="disk")
    assert (str(error), error.message, error.hint.text(), error.code) == (
        "the disk is full.",
        "the disk is full.",
        "df -h",
        "disk",
    )
    assert [kind("x").code for kind in (MlopsctlError, UsageError, TimedOut)] == ["failed", "usage", "timeout"]


def test_whoever_catches_the_base_catches_all() -> None:
    assert all(issubclass(kind, MlopsctlError) for kind in (UsageError, TimedOut))


CODE = Path(mlopsctl.__file__).parent
KINDS = {"MlopsctlError", "UsageError", "TimedOut", "Unavailable", "RequestRejected"}


def without_hint(path: Path) -> list[str]:
    """The failures that are made in a file without a remedy, by their lines."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    made = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in KINDS]
    given = {id(call): [word.value for word in call.keywords if word.arg == "hint"] for call in made}
    return [
        f"{path.name}:{call.lineno}"
        for call in made
        if not given[id(call)] or ast.unparse(given[id(call)][0]) in ("''", '""')
    ]


@pytest.mark.parametrize("path", sorted(CODE.rglob("*.py")), ids=lambda path: str(path.relative_to(CODE)))
def test_no_failure_is_made_without_a_remedy(path: Path) -> None:
    assert without_hint(path) == []
