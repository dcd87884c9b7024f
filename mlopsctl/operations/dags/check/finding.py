"""A problem in a file, and the edits that solve it."""

from dataclasses import dataclass
from pathlib import Path

from mlopsctl.core.states import Severity


@dataclass(frozen=True)
class Edit:
    """Replace the characters from `start` up to `end` by `text`. Offsets count the characters of the decoded file,
    without its byte order mark."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Finding:
    """`line`, `column`: from 1; the column counts characters. `hint`: what to write instead. `edits`: all of them
    together solve the problem without a change in meaning; none if a person has to decide."""

    file: Path
    line: int
    column: int
    rule: str
    severity: Severity
    message: str
    hint: str = ""
    edits: tuple[Edit, ...] = ()
