"""What to do about an import error."""

from dataclasses import dataclass

from mlopsctl.core.hint import Hint
from mlopsctl.core.states import ImportErrorCause


@dataclass(frozen=True)
class Remedy:
    """`package`, `link`: what `dags fix` installs or links."""

    cause: ImportErrorCause
    hint: Hint
    package: str = ""
    link: str = ""


def stale(note: str) -> Remedy:
    return Remedy(ImportErrorCause.STALE_MODULE, Hint.of("dags", "clean", note=note))
