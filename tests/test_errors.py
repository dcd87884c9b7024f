from mlopsctl.errors import MlopsctlError, TimedOut, UsageError


def test_the_class_of_a_failure_is_its_exit_code() -> None:
    assert [kind("x").exit_code for kind in (MlopsctlError, UsageError, TimedOut)] == [1, 2, 4]


def test_every_failure_has_a_sentence_a_hint_and_a_code() -> None:
    error = MlopsctlError("the disk is full.", hint="df -h", code="disk")
    assert (str(error), error.message, error.hint, error.code) == (
        "the disk is full.",
        "the disk is full.",
        "df -h",
        "disk",
    )
    assert [kind("x").code for kind in (MlopsctlError, UsageError, TimedOut)] == ["failed", "usage", "timeout"]


def test_whoever_catches_the_base_catches_all() -> None:
    assert all(issubclass(kind, MlopsctlError) for kind in (UsageError, TimedOut))
