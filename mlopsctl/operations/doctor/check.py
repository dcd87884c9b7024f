"""The nouns of the doctor: a check, what it finds, and how it came out."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from mlopsctl.core.hint import NO_HINT, Hint
from mlopsctl.operations.doctor.context import Place

GROUPS = ("machine", "installation", "configuration", "services", "dags", "runs", "data")


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be. `message`: a sentence with its reason. `hint`: a command to paste; where it
    is empty and the finding can be mended, the call that mends it is said. `about`: what the mending needs to know.
    `fixable`: whether the check's `mend` may be used on this one. `key`: by which it is known again at the next look;
    the message where that does not change from look to look, by a duration or a count."""

    message: str
    hint: Hint | str = ""
    verdict: Literal["error", "warning"] = "error"
    about: Any = None
    fixable: bool = True
    key: str = ""


@dataclass(frozen=True)
class Check:
    """`why`: why it matters, a sentence. `look` only looks; it raises Skipped where what it needs is missing, and
    MlopsctlError where it cannot tell, which is a finding too. `mend` makes one of its findings good, yielding what it
    does, and at the end what it has done; only what is safe, and only in the home. Raises MlopsctlError."""

    name: str
    group: str
    why: str
    look: Callable[[Place], Iterable[Finding]]
    mend: Callable[[Place, Finding], Iterator[str]] | None = None


@dataclass(frozen=True)
class Result:
    """How a check came out: `ok` and `skipped` (`message`: the reason) once, else once for each finding."""

    check: Check
    verdict: Literal["ok", "warning", "error", "skipped"]
    message: str = ""
    hint: Hint = NO_HINT
    finding: Finding | None = None
    fixed: bool = False

    @property
    def key(self) -> str:
        return (self.finding.key if self.finding else "") or self.message

    @property
    def blind(self) -> bool:
        """Whether the check could not look, or not to the end: what it has not found may be there all the same."""
        return not self.finding and self.verdict != "ok"

    @property
    def fixable(self) -> bool:
        return bool(self.finding and self.finding.fixable and self.check.mend)

    @property
    def bad(self) -> bool:
        return self.verdict in ("error", "warning")
