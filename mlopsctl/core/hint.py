"""What to do next: a command of mlopsctl, a line for the shell, or a sentence."""

import shlex
from dataclasses import dataclass, replace

NAMES_ITS_OWN = ("--home", "--context", "context")


@dataclass(frozen=True)
class Hint:
    """`command`: the words after `mlopsctl`. `then`: those of a second command, for when the first has succeeded.
    `line`: a shell line with another program, before any command. `note`: a sentence; beside a command it is a shell
    comment, so that the line can be pasted. `other`: a command at the end of the note.

    False if there is nothing to do.
    """

    command: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    line: str = ""
    note: str = ""
    other: tuple[str, ...] = ()

    @classmethod
    def of(cls, *words: object, note: str = "", other: tuple[str, ...] = ()) -> "Hint":
        """`Hint.of("backfills", "watch", 3)`: a command of mlopsctl."""
        return cls(command=tuple(map(str, words)), note=note, other=other)

    @classmethod
    def on_host(cls, host: str, *words: object, note: str = "", other: tuple[str, ...] = ()) -> "Hint":
        """A command for another machine: it must not name the home of this one."""
        where = f"on {host}; {note}" if note else f"on {host}"
        return cls(line=shlex.join(["mlopsctl", *map(str, words)]), note=where, other=other)

    @classmethod
    def on_head(cls, *words: object, note: str = "") -> "Hint":
        """A command for the head, given on a worker host."""
        return cls.on_host("the head", *words, note=note)

    def __bool__(self) -> bool:
        return bool(self.command or self.line or self.note)

    def followed_by(self, *words: object) -> "Hint":
        """With a second command, or with it alone if there is no first."""
        if not self.command:
            return replace(self, command=tuple(map(str, words)))
        return replace(self, then=tuple(map(str, words)))

    def text(self, program: str = "mlopsctl") -> str:
        """One line. `program`: how mlopsctl is called, with options such as `--home`."""
        calls = [_call(program, words) for words in (self.command, self.then) if words]
        line = " && ".join([self.line, *calls] if self.line else calls)
        note = f"{self.note} {_call(program, self.other)}" if self.other else self.note
        return f"{line}   # {note}" if line and note else line or note


def _call(program: str, words: tuple[str, ...]) -> str:
    """`program` with its `--home` or `--context`, unless the command begins with one of its own or needs none."""
    return f"{'mlopsctl' if words[0] in NAMES_ITS_OWN else program} {shlex.join(words)}"


NO_HINT = Hint()
