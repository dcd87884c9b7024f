"""Every failure that a user can cause or meet: a sentence, a stable code, and a remedy that can be pasted."""

import errno

from mlopsctl.core.hint import NO_HINT, Hint


class MlopsctlError(Exception):
    """A failure we foresaw. `message`: a sentence with its reason. `hint`: what to do about it; a str is a sentence."""

    exit_code = 1
    command = ""  # the command that failed, once that is known
    program = "mlopsctl"  # how it was called, with `--home` where that is not the default

    def __init__(self, message: str, *, hint: Hint | str = NO_HINT, code: str = "failed") -> None:
        super().__init__(message)
        self.message = message
        self.hint = as_hint(hint)
        self.code = code


def as_hint(hint: Hint | str) -> Hint:
    return hint if isinstance(hint, Hint) else Hint(note=hint)


class UsageError(MlopsctlError):
    """The words of the command are wrong."""

    exit_code = 2

    def __init__(self, message: str, *, hint: Hint | str = NO_HINT, code: str = "usage") -> None:
        super().__init__(message, hint=hint, code=code)


class TimedOut(MlopsctlError):
    """A deadline passed while the work goes on."""

    exit_code = 4

    def __init__(self, message: str, *, hint: Hint | str = NO_HINT, code: str = "timeout") -> None:
        super().__init__(message, hint=hint, code=code)


class Unavailable(MlopsctlError):
    """A server does not answer now; it may come back. Who waits for something goes on asking."""


_MAKE_ROOM = "make room on that disk, then say the same command again"
_CHOOSE = "choose a home that you may write, or change its owner: mlopsctl --home DIR setup"
_REFUSED = {
    errno.ENOSPC: _MAKE_ROOM,
    errno.EDQUOT: _MAKE_ROOM,
    errno.EROFS: _CHOOSE,
    errno.EACCES: _CHOOSE,
    errno.EPERM: _CHOOSE,
    errno.ENOTDIR: _CHOOSE,
}


def from_os(error: Exception) -> MlopsctlError | None:
    """What the operating system refuses (disk full, read-only, no rights) as a sentence; None: something else."""
    if not isinstance(error, OSError) or error.errno not in _REFUSED:
        return None
    where = f"{error.filename}: " if error.filename else ""
    return MlopsctlError(f"{where}{error.strerror}.", hint=_REFUSED[error.errno], code="system")
