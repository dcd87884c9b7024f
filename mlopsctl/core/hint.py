"""What to do next: a command of mlopsctl as its words, another program's line, or a sentence."""

import shlex
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Hint:
    """`command`: the words after `mlopsctl`; `then`: those of a second call, to run if the first succeeds. `line`: a
    shell line that calls another program; with `command`, it comes first. `note`: a sentence; beside a command it is
    shown as a shell comment, so that the line can be pasted as it is. `other`: the command that `note` introduces.

    False where there is nothing to do.
    """

    command: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    line: str = ""
    note: str = ""
    other: tuple[str, ...] = ()

    @classmethod
    def of(cls, *words: object, note: str = "", other: tuple[str, ...] = ()) -> "Hint":
        """A command of mlopsctl: `Hint.of("backfills", "watch", 3)`."""
        return cls(command=tuple(map(str, words)), note=note, other=other)

    def __bool__(self) -> bool:
        return bool(self.command or self.line or self.note)

    def followed_by(self, *words: object) -> "Hint":
        """This command first, then another one; that one alone where there is no command to run first."""
        if not self.command:
            return replace(self, command=tuple(map(str, words)))
        return replace(self, then=tuple(map(str, words)))

    def text(self, program: str = "mlopsctl") -> str:
        """One line to paste. `program`: how mlopsctl is called, with its options such as `--home`."""
        calls = [_call(program, words) for words in (self.command, self.then) if words]
        line = " && ".join([self.line, *calls] if self.line else calls)
        note = f"{self.note} {_call(program, self.other)}" if self.other else self.note
        return f"{line}   # {note}" if line and note else line or note


def _call(program: str, words: tuple[str, ...]) -> str:
    """A command that names its home itself needs no other."""
    return f"{'mlopsctl' if words[0] == '--home' else program} {shlex.join(words)}"


NO_HINT = Hint()
