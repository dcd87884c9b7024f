"""Every failure that a user can cause or meet: a sentence, a stable code, and a remedy that can be pasted."""


class MlopsctlError(Exception):
    """A failure we foresaw. `message` is one sentence with its reason, `hint` the remedy."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", code: str = "failed") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


class UsageError(MlopsctlError):
    """The words of the command are wrong."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str = "", code: str = "usage") -> None:
        super().__init__(message, hint=hint, code=code)


class TimedOut(MlopsctlError):
    """A deadline passed while the work goes on."""

    exit_code = 4

    def __init__(self, message: str, *, hint: str = "", code: str = "timeout") -> None:
        super().__init__(message, hint=hint, code=code)
