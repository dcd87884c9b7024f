"""All checks, in the order in which they are shown."""

from collections.abc import Sequence

from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.doctor import (
    configuration,
    dag_files,
    dags_folder,
    data,
    databases,
    home,
    installation,
    keys,
    machine,
    runs,
    services,
)
from mlopsctl.operations.doctor.check import GROUPS, Check

CHECKS: tuple[Check, ...] = (
    *machine.CHECKS,
    *home.CHECKS,
    *installation.CHECKS,
    *keys.CHECKS,
    *configuration.CHECKS,
    *services.CHECKS,
    *databases.CHECKS,
    *dags_folder.CHECKS,
    *dag_files.CHECKS,
    *runs.CHECKS,
    *data.CHECKS,
)


def choose(words: Sequence[str]) -> list[Check]:
    """The checks meant by names of checks and groups (none: all). Raises UsageError for a word that is neither."""
    import difflib

    names = [*GROUPS, *(check.name for check in CHECKS)]
    for word in words:
        if word not in names:
            near = difflib.get_close_matches(word, names, 1)
            raise UsageError(
                f"there is no check or group {word!r}.",
                hint=Hint.of("doctor", "--only", near[0]) if near else Hint.of("doctor", "--list-checks"),
            )
    return [check for check in CHECKS if not words or check.name in words or check.group in words]
