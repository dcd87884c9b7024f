"""Foreseen failures: a sentence, a stable code, and a hint."""

import errno

from mlopsctl.core.hint import NO_HINT, Hint


class MlopsctlError(Exception):
    """A foreseen failure. `message`: a sentence with the reason. `hint`: what to do about it; a str is a note.
    `others`: more reasons, to be reported after it."""

    exit_code = 1

    def __init__(self, message: str, *, hint: Hint | str = NO_HINT, code: str = "failed") -> None:
        super().__init__(message)
        self.message = message
        self.hint = as_hint(hint)
        self.code = code
        self.others: tuple[MlopsctlError, ...] = ()


def first_of(*errors: MlopsctlError | None) -> MlopsctlError | None:
    """The first error, with those after it as its `others`; None: there is none."""
    found = [error for error in errors if error]
    if not found:
        return None
    found[0].others = tuple(found[1:])
    return found[0]


def as_hint(hint: Hint | str) -> Hint:
    """A str is a note."""
    return hint if isinstance(hint, Hint) else Hint(note=hint)


class UsageError(MlopsctlError):
    """Wrong usage: a command, an option or a value is invalid."""

    exit_code = 2

    def __init__(self, message: str, *, hint: Hint | str = NO_HINT, code: str = "usage") -> None:
        super().__init__(message, hint=hint, code=code)


class TimedOut(MlopsctlError):
    """A deadline has passed; what was started continues."""

    exit_code = 4

    def __init__(self, message: str, *, hint: Hint | str = NO_HINT, code: str = "timeout") -> None:
        super().__init__(message, hint=hint, code=code)


class Interrupted(MlopsctlError):
    """The user pressed Ctrl-C."""

    exit_code = 130

    def __init__(self, message: str, *, hint: Hint | str = NO_HINT, code: str = "interrupted") -> None:
        super().__init__(message, hint=hint, code=code)


class Detached(Interrupted):
    """The user pressed Ctrl-C while Airflow is running something, which continues. Not a failure."""


class Bug(MlopsctlError):
    """An exception that nothing expected: a bug of mlopsctl."""

    exit_code = 3

    def __init__(self, message: str, *, hint: Hint | str = NO_HINT, code: str = "bug") -> None:
        super().__init__(message, hint=hint, code=code)


class Unavailable(MlopsctlError):
    """A server does not answer at the moment. Loops that wait for something ask again."""


_FREE_SPACE = Hint(note="free space on that disk, then run the same command again")
_OTHER_HOME = Hint.of("--home", "DIR", "setup", note="uses a directory that you can write to; or change its owner")
_SYSTEM_HINTS = {
    errno.ENOSPC: _FREE_SPACE,
    errno.EDQUOT: _FREE_SPACE,
    errno.EROFS: _OTHER_HOME,
    errno.EACCES: _OTHER_HOME,
    errno.EPERM: _OTHER_HOME,
    errno.ENOTDIR: _OTHER_HOME,
    errno.ENAMETOOLONG: Hint(note="use a shorter path"),
    errno.ELOOP: Hint(note="remove the symbolic link that leads back to itself"),
}


def from_os(error: BaseException) -> MlopsctlError | None:
    """An error of the operating system that the user can fix, such as a full disk; else None."""
    if not isinstance(error, OSError) or error.errno not in _SYSTEM_HINTS:
        return None
    path = f"{error.filename}: " if error.filename else ""
    return MlopsctlError(f"{path}{error.strerror}.", hint=_SYSTEM_HINTS[error.errno], code="system")
