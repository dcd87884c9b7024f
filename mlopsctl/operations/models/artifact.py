"""The files of a version in the store: the model, and the page about it."""

from pathlib import Path
from typing import Literal

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.models.promotion import check_artifact
from mlopsctl.operations.models.versions import Version

State = Literal["as recorded", "missing", "changed", "foreign"]
_STATES: dict[str, State] = {"no-artifact": "missing", "wrong-checksum": "changed", "foreign-artifact": "foreign"}


def state(store: Path, version: Version) -> State:
    """`changed`: another SHA-256 than the recorded one; `foreign`: not in the store."""
    try:
        check_artifact(store, version)
    except MlopsctlError as e:
        return _STATES[e.code]
    return "as recorded"


def page(store: Path, version: Version) -> Path | None:
    """The page that the training made beside the model, if there is one."""
    path = (store / version.artifact).with_name("page.html").resolve()
    return path if path.is_relative_to(store.resolve()) and path.is_file() else None
